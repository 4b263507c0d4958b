"""Numbers that can be checked by hand."""

import math

import pytest

from lawgiver.charter import Charter
from lawgiver.evaluate import StoredRun, compare_runs, summarise_run
from lawgiver.outcome import ConfigurationError

SHA = {"sha256": "ab" * 32}


@pytest.fixture
def spec(small):
    return Charter.open(small).spec


def outcome(number):
    if isinstance(number, str):
        return {number: "so"}
    return {"value": number}


def row(name, score, *, brevity=1.0, over_refusal=0.0, wordy=0.0, scope="in", words=3, gated=False, **more):
    return {
        "id": name,
        "prompt": f"{name}?",
        "response": f"{name}!",
        "labels": {"scope": scope},
        "action": "block" if gated else "allow",
        "gated": gated,
        "score": outcome(score),
        "values": {"brevity": outcome(brevity), "candour": outcome(1.0)},
        "costs": {"over_refusal": outcome(over_refusal), "wordy": outcome(wordy)},
        "violations": [{"rule": "refused_in_scope", "severity": "major", "message": ""}] if gated else [],
        "evidence": {"words": outcome(words)},
    } | more


def by_name(metrics):
    return {metric["name"]: metric for metric in metrics}


ROWS = [
    row("a", 1.0, words=2),
    row("b", 0.5, brevity=0.0, wordy=1.0, words="failed"),
    row("c", 0.0, over_refusal=1.0, gated=True, truncated=True, words=4),
    row("d", "failed", brevity="failed", over_refusal="abstained", scope="out", words=6),
]


def test_a_summary_by_hand(spec):
    summary = summarise_run(spec, ROWS)
    metrics = by_name(summary["metrics"])
    assert list(metrics) == ["score", "brevity", "candour", "over_refusal", "wordy"]
    assert metrics["score"]["interval"]["estimate"] == pytest.approx(0.5)
    assert (metrics["score"]["failed"], metrics["score"]["abstained"]) == (1, 0)
    assert metrics["brevity"]["interval"]["estimate"] == pytest.approx(2 / 3)
    assert metrics["over_refusal"]["interval"]["estimate"] == pytest.approx(1 / 3)
    assert (metrics["over_refusal"]["abstained"], metrics["over_refusal"]["threshold"]) == (1, 0.1)
    assert metrics["wordy"]["interval"]["estimate"] == 0.25
    assert summary["gated"]["estimate"] == summary["truncated"]["estimate"] == 0.25
    assert summary["gated"]["low"] == pytest.approx(1 - 0.975 ** (1 / 4))  # Clopper and Pearson's, 1 of 4
    assert summary["monitors"]["words"]["estimate"] == pytest.approx(4)
    assert summary["violations"] == {"refused_in_scope": 1}


def test_slices_by_hand(spec):
    slices = summarise_run(spec, ROWS)["slices"]["scope"]
    assert slices["in"]["n"] == 3
    assert slices["in"]["score"] == pytest.approx(0.5)
    assert slices["in"]["brevity"] == pytest.approx(2 / 3)
    assert slices["out"] == {"n": 1, "score": None, "brevity": None, "candour": 1.0, "over_refusal": None, "wordy": 0.0}


def test_nothing_scored_has_no_interval(spec):
    [metric] = [m for m in summarise_run(spec, [ROWS[3]])["metrics"] if m["name"] == "score"]
    assert metric["interval"] is None
    assert metric["failed"] == 1


def test_the_same_rows_give_the_same_summary(spec):
    assert summarise_run(spec, ROWS) == summarise_run(spec, list(ROWS))


def stored(name, rows, **charter):
    return StoredRun(name, rows, {}, SHA | charter)


def test_a_comparison_by_hand(spec):
    names = "abcdefgh"
    before = stored("before", [row(name, 0.5, over_refusal=1.0) for name in names])
    after = stored("after", [row(name, 0.75 if n else 0.25, over_refusal=0.0) for n, name in enumerate(names)][::-1])
    document = compare_runs(spec, before, after)
    assert (document["before"], document["after"], document["pairs"]) == ("before", "after", 8)
    metrics = by_name(document["metrics"])
    score = metrics["score"]
    assert score["difference"]["estimate"] == pytest.approx((7 * 0.25 - 0.25) / 8)
    assert score["higher_is_better"]
    assert not metrics["over_refusal"]["higher_is_better"]
    assert metrics["over_refusal"]["difference"]["estimate"] == -1.0
    # Holm's: every p times the number of those not smaller, never falling
    ordered = sorted((m["p_value"], m["p_holm"]) for m in metrics.values() if "p_value" in m)
    running = 0.0
    for rank, (p, adjusted) in enumerate(ordered):
        running = max(running, min(1.0, p * (len(ordered) - rank)))
        assert math.isclose(adjusted, running)
    assert [loss["id"] for loss in document["losses"]] == ["a"]
    assert len(document["gains"]) == 5
    assert document["gains"][0]["change"] == pytest.approx(0.25)
    assert document["losses"][0]["before"]["score"] == 0.5


def test_pairs_are_by_scenario_and_both_sides_are_wanted(spec):
    before = stored("before", [row("a", 0.2), row("b", 0.4), row("c", "failed"), row("only", 1.0)])
    after = stored("after", [row("c", 1.0), row("b", 0.5), row("a", "abstained"), row("other", 0.0)])
    document = compare_runs(spec, before, after)
    assert document["pairs"] == 3
    score = by_name(document["metrics"])["score"]
    assert score["difference"]["estimate"] == pytest.approx(0.1)
    assert (score["difference"]["n"], score["pairs"], score["dropped"]) == (1, 1, 2)


def test_a_metric_without_a_pair_says_so(spec):
    runs = [stored(name, [row(n, 0.5, over_refusal="abstained") for n in "ab"]) for name in ("before", "after")]
    metric = by_name(compare_runs(spec, *runs)["metrics"])["over_refusal"]
    assert metric["unscored"] == "none of 2 pairs has both sides scored"
    assert "p_value" not in metric


def test_different_charters_and_different_scenarios_are_refused(spec):
    one = stored("one", [row("a", 1.0)])
    with pytest.raises(ConfigurationError, match="different charters"):
        compare_runs(spec, one, stored("two", [row("a", 1.0)], sha256="cd" * 32))
    with pytest.raises(ConfigurationError, match="share no scenario"):
        compare_runs(spec, one, stored("two", [row("b", 1.0)]))
