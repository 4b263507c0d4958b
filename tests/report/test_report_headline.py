"""The sentence is as good or as bad as the numbers."""

from pathlib import Path

import pytest

from lawgiver.report.material import EvaluationRun, Material
from lawgiver.report.sections.budgets import budget
from lawgiver.report.sections.headline import build


def run(key, score, cost=0.1, high=0.2, failed=0):
    def interval(mean, top):
        return {"estimate": mean, "low": mean - 0.05, "high": top, "n": 100}

    metrics = [
        {"kind": "score", "name": "score", "title": "Charter score", "interval": interval(score, score + 0.05)},
        {"kind": "costs", "name": "c", "title": "Over-refusal: x", "interval": interval(cost, high), "threshold": 0.25},
    ]
    for metric in metrics:
        metric |= {"abstained": 0, "failed": failed}
    return EvaluationRun(Path(key), {}, {}, {}, {}, key=key, label=key, summary={"n": 100, "metrics": metrics})


def comparison(before, after, low, estimate, high, p=0.001):
    difference = {"low": low, "estimate": estimate, "high": high, "n": 100}
    metric = {"name": "score", "difference": difference, "before": 0.5, "after": 0.5 + estimate, "p_holm": p}
    return {"before": before, "after": after, "metrics": [metric]}


def sentence(*comparisons, aligned=None, refuse=0.2):
    runs = [run("base", 0.5), run("prompted", 0.5), aligned or run("aligned", 0.7), run("refuse", refuse)]
    material = Material("demo", "t", {r.key: r for r in runs}, list(comparisons))
    return build(material)["sentence"].replace("\N{NO-BREAK SPACE}", " ")


GAIN = comparison("base", "aligned", 0.1, 0.2, 0.3)
OVER_PROMPT = comparison("prompted", "aligned", 0.1, 0.2, 0.3)


def test_a_clean_gain_is_said_plainly():
    said = sentence(GAIN, OVER_PROMPT)
    assert said.startswith("The charter score rose from 0.50 (base) to 0.70 (aligned): +0.20 [+0.10, +0.30]")
    assert said.endswith("on 100 paired scenarios, with its budget met.")


def test_an_interval_over_zero_shows_no_change():
    said = sentence(comparison("base", "aligned", -0.1, 0.02, 0.14), OVER_PROMPT)
    assert said.startswith("No change was shown")
    assert "0 is in the interval" in said


def test_an_interval_without_width_shows_no_change():
    assert sentence(comparison("base", "aligned", 0.2, 0.2, 0.2), OVER_PROMPT).startswith("No change was shown")


def test_a_fall_is_a_fall():
    assert sentence(comparison("base", "aligned", -0.3, -0.2, -0.1), OVER_PROMPT).startswith("The charter score fell")


def test_what_does_not_survive_the_correction_is_said():
    assert "not after correction" in sentence(comparison("base", "aligned", 0.01, 0.2, 0.3, p=0.08), OVER_PROMPT)


def test_a_broken_budget_stands_in_the_same_sentence():
    said = sentence(GAIN, OVER_PROMPT, aligned=run("aligned", 0.7, cost=0.4, high=0.5))
    assert said.endswith("; but the over-refusal budget is broken (0.40 > 0.25).")


def test_a_budget_met_by_luck_is_not_called_met():
    said = sentence(GAIN, OVER_PROMPT, aligned=run("aligned", 0.7, cost=0.2, high=0.3))
    assert "met by the mean only (its interval reaches 0.30)" in said


@pytest.mark.parametrize(
    ("against", "words"),
    [
        (comparison("refuse", "aligned", -0.3, -0.2, -0.1), "refusing everything scores higher"),
        (comparison("refuse", "aligned", -0.1, 0.0, 0.1), "not shown to be better than refusing everything"),
    ],
)
def test_refusing_everything_must_lose(against, words):
    assert words in sentence(GAIN, OVER_PROMPT, against)


def test_refusing_everything_is_looked_at_even_without_a_comparison():
    assert "refusing everything scores 0.90" in sentence(GAIN, OVER_PROMPT, refuse=0.9)


def test_a_prompt_that_does_as_well_is_named():
    said = sentence(GAIN, comparison("prompted", "aligned", -0.1, 0.01, 0.1))
    assert "not shown to be better than the system prompt alone" in said


def test_many_failures_are_named_and_a_few_are_left_to_the_table():
    assert "20 scores failed" in sentence(GAIN, OVER_PROMPT, aligned=run("aligned", 0.7, failed=10))
    assert "failed" not in sentence(GAIN, OVER_PROMPT, aligned=run("aligned", 0.7, failed=1))


def test_the_threshold_itself_is_within_budget():
    def verdict(mean):
        return budget({"threshold": 0.25, "interval": {"estimate": mean, "low": 0, "high": mean}})

    assert verdict(0.25)["state"] == "good"
    assert verdict(0.2501)["state"] == "bad"
    assert verdict(0.2501)["words"] != verdict(0.26)["words"]
    assert budget({"threshold": 0.25, "interval": None})["state"] == "open"
    assert budget({"kind": "values"}) is None


def test_what_is_compared_is_what_the_scope_has():
    metric = {
        "threshold": 0.25,
        "interval": {"estimate": 0.1, "low": 0, "high": 0.2},
        "quantity": "share of violations",
        "compared": {"estimate": 0.4, "low": 0.3, "high": 0.5},
    }
    assert budget(metric)["words"] == "budget broken: share of violations 0.40 > 0.25"
    metric["compared"] = {"estimate": 0.2, "low": 0.1, "high": 0.3}
    assert budget(metric)["words"] == "budget met by the share of violations, interval reaches 0.30"
    metric["compared"] = {"estimate": 0.2, "low": 0.1, "high": 0.22}
    assert budget(metric)["words"] == "budget met: share of violations 0.20"
    assert budget(metric | {"compared": None})["state"] == "open"  # the mean is no substitute
