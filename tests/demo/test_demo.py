"""The whole of it on the tiny model: measure, align, measure again, compare."""

import pytest

from lawgiver.charter import Charter
from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.demo import DemoConfig, run_demo
from lawgiver.outcome import ConfigurationError
from lawgiver.report import write_report
from small import scenario, small_charter
from tiny import recipe


class Display:
    """Remembers what it was told; presses Ctrl-C at a stage if asked to."""

    def __init__(self, stop_at=None):
        self.stages, self.done, self.steps = [], {}, []
        self.stop_at = stop_at

    def stage(self, name, total):
        if name == self.stop_at:
            raise KeyboardInterrupt
        self.stages.append((name, total))
        self.done[name] = 0

        def advance(more):
            self.done[name] += more

        return advance

    def step(self, row):
        self.steps.append(row["step"])


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    root = small_charter(tmp_path_factory.mktemp("charter") / "small")
    write_jsonl(root / "scenarios/test.jsonl", [scenario(f"test-{n}", f"{n} and {n}?", n) for n in range(5)])
    return Charter.open(root)


def settings(tiny, charter):
    return DemoConfig(recipe=recipe(tiny, charter.root, steps=2, max_new_tokens=8))


@pytest.fixture(scope="module")
def whole(tiny, charter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    display = Display()
    return folder, display, run_demo(settings(tiny, charter), charter, folder, display)


def test_every_stage_is_shown_and_finished(whole):
    _, display, _ = whole
    assert [name for name, _ in display.stages] == ["before", "with prompt", "refuses everything", "align", "aligned"]
    assert all(display.done[name] == total for name, total in display.stages if name != "align")
    assert display.steps == [1, 2]


def test_the_four_runs_are_compared_over_the_same_scenarios(whole, charter):
    folder, _, document = whole
    assert [(c["before"], c["after"], c["pairs"]) for c in document["comparisons"]] == [
        ("base", "aligned", 5),
        ("prompted", "aligned", 5),
        ("refuse", "aligned", 5),
    ]
    assert RunDirectory(folder).read("compare.json") == document
    for name in document["runs"]:
        assert len(read_jsonl(folder / name / "judgements.jsonl")) == 5
        assert RunDirectory(folder / name).read("charter.json") == charter.identity
    assert len(read_jsonl(folder / "align/metrics.jsonl")) == 2


def test_measuring_after_uses_what_was_trained(whole):
    folder, _, _ = whole
    before, prompted, after = (
        read_jsonl(folder / name / "judgements.jsonl") for name in ("base", "prompted", "aligned")
    )
    assert RunDirectory(folder / "aligned").read("config.json")["model"] == str(folder / "align")
    assert RunDirectory(folder / "aligned").read("config.json")["system_prompt"] is True
    assert [row["response"] for row in after] != [row["response"] for row in prompted]
    assert [row["response"] for row in before] != [row["response"] for row in prompted]


def test_it_can_be_reported(whole):
    page = write_report(whole[0])
    assert "aligned" in page.read_text()


def test_a_demo_that_was_interrupted_goes_on_where_it_stopped(tiny, charter, whole, tmp_path):
    folder = tmp_path / "demo"
    with pytest.raises(KeyboardInterrupt):
        run_demo(settings(tiny, charter), charter, folder, Display(stop_at="aligned"))
    with pytest.raises(ConfigurationError, match="holds a run already; add --resume"):
        run_demo(settings(tiny, charter), charter, folder, Display())
    display = Display()
    document = run_demo(settings(tiny, charter), charter, folder, display, resume=True)
    assert display.steps == []  # training was finished
    assert [c["pairs"] for c in document["comparisons"]] == [5, 5, 5]
    for name in ("base", "prompted", "refuse"):
        assert (folder / name / "judgements.jsonl").read_bytes() == (whole[0] / name / "judgements.jsonl").read_bytes()
