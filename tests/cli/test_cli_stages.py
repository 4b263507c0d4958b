"""`lawgiver align` on a recipe of stages: what a user sees."""

import pytest
import yaml

from lawgiver.data import write_jsonl
from small import small_charter


@pytest.fixture
def recipe(tiny, tmp_path):
    """A recipe of two short stages, and its data."""
    rows = [{"prompt": f"Say {n}.", "chosen": f"It is {n}.", "rejected": f"Not {n}, never {n}."} for n in range(6)]
    write_jsonl(tmp_path / "pairs.jsonl", rows)
    source = {"source": str(tmp_path / "pairs.jsonl"), "objective": "helpful"}
    stage = {"method": "dpo", "data": "pairs", "batch": 2, "micro_batch": 2, "max_length": 120}
    document = {
        "type": "stages",
        "model": str(tiny),
        "charter": str(small_charter(tmp_path / "small")),
        "data": {"pairs": {"sources": [source], "part": "all"}},
        "stages": [{"name": "first", **stage}, {"name": "second", "lambda": 2, **stage}],
        "lora": {"rank": 2, "alpha": 4},
    }
    path = tmp_path / "two.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_dry_run_describes_the_data_and_trains_nothing(lawgiver, recipe, tmp_path):
    said = lawgiver("align", recipe, "--dry-run", "--run", tmp_path / "run", "--set", "stages.second.lambda=4")
    assert said.status == 0
    assert "| used " in said.out
    assert "stage second: dpo at temperature 0.025 on 6 rows, 3 steps, from" in said.out
    assert "fine: charter" in said.out
    assert not (tmp_path / "run").exists()


def test_a_run_tells_what_each_stage_came_to(lawgiver, recipe, tmp_path):
    said = lawgiver("align", recipe, "--run", tmp_path / "run")
    assert said.status == 0, said.err
    assert "first: 3 steps on 6 rows" in said.out
    assert "second: 3 steps on 6 rows" in said.out
    assert f"result: {tmp_path / 'run' / '2-second'}" in said.out
    assert f"report: {tmp_path / 'run' / 'report.html'}" in said.out
    assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("stages.third.beta=1", "no part is named third; there are first, second"),
        ("stages.beta=1", "stages is a list; name a part of it"),
        ("stages=[]", "stages"),
        ("data.pairs.sources=[{source: /nowhere.jsonl, objective: helpful}]", "/nowhere.jsonl: no such file"),
        ("stages.second.method=kto2", "stages.1.method"),
        ("colour=blue", "colour: unknown key"),
        (f"stages.first.reference_sha256={'ab' * 32}", "stage first: reference_sha256 is abababababab, and"),
        ("stages.first.reference_sha256=abc", "stages.0.reference_sha256"),
        ("find={constraint: {wordy: second, over_refusal: third}}", "last stages, which are first, second"),
    ],
)
def test_a_mistake_is_told_by_file_and_key(lawgiver, recipe, changed, message):
    said = lawgiver("align", recipe, "--dry-run", "--set", changed)
    assert said.status == 2
    assert message in said.err
