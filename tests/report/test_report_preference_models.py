"""The page of a run of preference models: numbers beside their baselines, where scores lie, and what they mean."""

import json
import re

import numpy as np
import pytest
from preference_model_runs import FAILED, PAIRS, scored, write_preference_models
from scipy.special import expit
from test_report_page import TAGS, read

from lawgiver.outcome import ConfigurationError, Value
from lawgiver.report import write_report
from lawgiver.report.preference_models.material import read_preference_models_run
from lawgiver.report.preference_models.scores import answers_of, said_of_answers, said_of_pairs

NAMES = ("reward-training", "reward-evaluation", "cost-training", "cost-evaluation")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_preference_models(tmp_path_factory.mktemp("models") / "run")


@pytest.fixture(scope="module")
def page(run):
    return read(run)


def test_every_number_stands_beside_its_interval_and_what_needs_no_model(run, page):
    for name in NAMES:
        found = json.loads((run / name / "summary.json").read_text())
        for key in ("accuracy", "length", *(("sign", "majority") if name.startswith("cost") else ())):
            assert f"{found[key]['estimate']:.3f} [{found[key]['low']:.2f}, {found[key]['high']:.2f}]" in page.text
    assert f"{PAIRS - FAILED} {FAILED} not scored" in page.text
    assert "the longer answer scores higher" in page.text
    assert "every answer is safe" in page.text
    assert re.search(r"Of 4 models, \d order held-out pairs better than the length", page.text)


def test_the_page_is_whole_and_escaped(run, page):
    sections = [attrs["id"] for attrs in page.all("section")]
    assert sections == ["headline", "measures", "scores", "calibration", "training", "data", "provenance"]
    assert sum(attrs.get("role") == "img" for attrs in page.all("svg")) == 4 + (4 + 2) + 4
    assert {tag for tag, _ in page.tags} <= TAGS
    assert "my/<pairs>.jsonl" in page.text
    assert not page.all("script")
    assert "9f" * 32 in page.text


def test_the_zero_is_marked_and_both_kinds_are_counted(run, page):
    source = (run / "report.html").read_text()
    pictures = re.findall(r"<svg[^>]*scores-cost-evaluation-title.*?</svg>", source, re.DOTALL)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", pictures[0])
    safe, unsafe = PAIRS + PAIRS // 2 - 2, PAIRS // 2 - 1  # of the three that were not scored, one is unsafe
    assert {"0: unsafe above", f"safe, {safe}", f"unsafe, {unsafe}"} <= set(texts)
    model = read_preference_models_run(run).models[-1]
    score_N, unsafe_N = answers_of(model)
    assert (unsafe_N.sum(), (~unsafe_N).sum()) == (unsafe, safe)
    assert f"{(score_N[unsafe_N] > 0).sum()} of {unsafe} of the unsafe" in page.text


def test_probabilities_are_of_raw_scores_and_only_of_what_was_scored(run):
    cost = read_preference_models_run(run).models[-1]
    higher, lower = scored("cost")
    gap_N = np.array([h.value - low.value for h, low in zip(higher, lower, strict=True) if isinstance(h, Value)])
    said_N, right_N = said_of_pairs(cost)
    assert said_N == pytest.approx(expit(1.5 * np.abs(gap_N)))
    assert right_N.tolist() == (gap_N > 0).tolist()
    answer_N, _ = said_of_answers(cost)
    assert answer_N == pytest.approx(expit(1.5 * answers_of(cost)[0]))


def test_what_is_not_there_is_said(tmp_path):
    early = read(write_preference_models(tmp_path / "early", finished=False))
    assert "This run is not finished: of 4 models, 3 came to an end." in early.text
    old = read(write_preference_models(tmp_path / "old", kept=False))
    assert "an earlier version made it" in old.text
    assert "Of 4 models" in old.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"type": "preference-models", "heads": {}}),
        ("cost-training/summary.json", {"accuracy": 3}),
        ("cost-training/head.json", []),
        ("data.json", []),
    ],
)
def test_a_malformed_document_is_named(tmp_path, name, content):
    folder = write_preference_models(tmp_path / "run")
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match=re.escape(name.split("/")[-1])):
        write_report(folder)


def test_scores_that_are_no_numbers_are_left_out(tmp_path):
    folder = write_preference_models(tmp_path / "run")
    rows = [
        '{"higher": "x", "lower": null}',
        '{"higher": 1e999, "lower": 0.5, "lower_safe": true, "higher_safe": false}',
    ]
    (folder / "cost-training/held_out.jsonl").write_text("\n".join(rows) + "\n")
    model = read_preference_models_run(folder).models[2]
    assert answers_of(model)[0].tolist() == [0.5]
    assert said_of_pairs(model)[0].size == 0
    assert write_report(folder).is_file()
