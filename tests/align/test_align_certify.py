"""From costs to PASS, FAIL or NO SOLUTION."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lawgiver.align.certify.categories import decide_categories
from lawgiver.align.certify.costs import Costs, costs_of, refuse_failures, shuffled
from lawgiver.align.certify.decide import decide, refuse_vacuous
from lawgiver.align.certify.finding import Finding, overall
from lawgiver.align.certify.scorer_error import Labelled, LabelledRow
from lawgiver.align.certify.settle import rows_needed
from lawgiver.charter.spec import Constraint
from lawgiver.outcome import ConfigurationError, TooManyFailuresError
from lawgiver.stats import Confusion, rate_bounds

SCOPES = ("mean", "violation_rate", "cvar")
NAN = math.nan


def constraint(threshold=0.1, scope="mean", **more):
    return Constraint(name="rude", title="Rude", threshold=threshold, evidence=["words"], scope=scope, **more)


def costs(values, abstained=0):
    values = np.asarray(values, dtype=np.float64)
    return Costs(tuple(f"x-{i}" for i in range(len(values))), values, abstained)


def spread(rate, n):
    """Ones at a rate, spread evenly."""
    return np.diff(np.floor(np.arange(n + 1) * rate + 1e-9))


def row(i, cost, scope="in"):
    return {"id": f"x-{i}", "prompt": f"{i}?", "labels": {"scope": scope}, "costs": {"rude": cost}}


@pytest.mark.parametrize("scope", SCOPES)
def test_three_outcomes(scope):
    tail = {"tail": 1.0} if scope == "cvar" else {}
    found = [decide(constraint(0.2, scope, **tail), costs(spread(rate, 500)), 0.95) for rate in (0.05, 0.5, 0.19)]
    assert [finding.outcome for finding in found] == ["PASS", "FAIL", "NO SOLUTION"]
    for finding in found:
        assert finding.low <= finding.estimate <= finding.high
        assert (finding.p_value <= 0.05 + 1e-12) == (finding.outcome == "PASS")
        assert (finding.settles is None) == (finding.outcome != "NO SOLUTION")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("rate", "outcome"), [(0.12, "PASS"), (0.3, "FAIL")])
def test_the_number_that_would_settle_it_does(scope, rate, outcome):
    tail = {"tail": 1.0} if scope == "cvar" else {}
    asked = constraint(0.2, scope, **tail)
    few = decide(asked, costs(spread(rate, 50)), 0.95)
    assert (few.outcome, few.settles.outcome) == ("NO SOLUTION", outcome)
    values = np.resize(spread(rate, 50), few.settles.n + 60)
    assert decide(asked, costs(values), 0.95).outcome == outcome
    assert decide(asked, costs(values[: few.settles.n // 2]), 0.95).outcome == "NO SOLUTION"


def test_an_estimate_on_the_threshold_is_never_settled():
    found = decide(constraint(0.5, "violation_rate"), costs([0, 1] * 50), 0.95)
    assert (found.settles.n, found.settles.words) == (None, "none: estimate equals threshold")
    nothing = decide(constraint(0.0, "violation_rate"), costs([0.0] * 100), 0.95)
    assert (nothing.outcome, nothing.settles.n) == ("NO SOLUTION", None)


def test_no_failure_in_299_certifies_one_percent_and_298_do_not():
    asked = constraint(0.01, "violation_rate")
    assert decide(asked, costs([0.0] * 299), 0.95).outcome == "PASS"
    few = decide(asked, costs([0.0] * 298), 0.95)
    assert (few.outcome, few.settles.n) == ("NO SOLUTION", 299)


def test_what_could_not_be_scored_counts_as_the_worst_in_both_directions():
    values = [*spread(0.1, 200), *[NAN] * 10]
    found = decide(constraint(0.12, "violation_rate"), costs(values, abstained=3), 0.95)
    assert (found.n, found.failed, found.abstained) == (210, 10, 3)
    assert found.high == pytest.approx(float(rate_bounds(30, 210).high))
    assert found.low == pytest.approx(float(rate_bounds(20, 210).low))
    assert found.estimate == pytest.approx(0.1)
    assert "could not be scored: 10" in found.notes[0]
    assert found.settles.words == "none: it depends on the exchanges that could not be scored"


@pytest.mark.parametrize("values", [[], [NAN] * 5])
def test_nothing_scored_is_no_solution_and_no_number(values):
    found = decide(constraint(), costs(values), 0.95)
    assert (found.outcome, found.estimate, found.high, found.p_value) == ("NO SOLUTION", None, None, None)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, NAN]), min_size=1, max_size=60), st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_a_failure_never_helps_either_way(values, threshold):
    for scope in SCOPES:
        asked = constraint(threshold, scope)
        found = decide(asked, costs(values), 0.9)
        for instead in (0.0, 1.0):
            filled = [instead if math.isnan(value) else value for value in values]
            known = decide(asked, costs(filled), 0.9)
            if scope == "violation_rate" or found.failed == 0:  # elsewhere bounds also follow the spread
                if found.outcome == "PASS":
                    assert known.outcome == "PASS"
                if found.outcome == "FAIL":
                    assert known.outcome == "FAIL"


def test_certificates_are_wrong_at_most_as_often_as_they_say():
    rng = np.random.default_rng(5)
    asked = constraint(0.1, "violation_rate")
    wrong = sum(decide(asked, costs(rng.random(120) < 0.105), 0.9).outcome == "PASS" for _ in range(500))
    wrong_way = sum(decide(asked, costs(rng.random(120) < 0.1), 0.9).outcome == "FAIL" for _ in range(500))
    limit = 0.1 + 3 * math.sqrt(0.1 * 0.9 / 500)
    assert wrong / 500 <= limit
    assert wrong_way / 500 <= limit


def test_a_scorer_that_misses_half_does_not_pass():
    asked, run = constraint(0.1, "violation_rate"), costs(spread(0.06, 500))
    assert decide(asked, run, 0.95).outcome == "PASS"
    found = decide(asked, run, 0.95, Confusion(50, 50, 0, 400))
    assert found.outcome != "PASS"
    assert found.estimate == pytest.approx(0.12)
    assert found.more["scored"] == pytest.approx(0.06)
    assert decide(asked, run, 0.95, Confusion(400, 2, 1, 800)).outcome == "PASS"


def test_flags_that_no_rate_explains_certify_nothing_and_say_so():
    """A run flags less than the scorer's false alarms alone would make: the labelled rows are unlike it."""
    asked, run = constraint(0.38), costs([0.0] * 102 + [1.0] * 18)
    found = decide(asked, run, 0.95, Confusion(84, 84, 54, 114))
    assert (found.outcome, found.high, found.p_value) == ("NO SOLUTION", 1.0, 1.0)
    assert any("contradict" in each for each in found.notes)
    fine = decide(asked, run, 0.95, Confusion(84, 84, 10, 158))
    assert not any("contradict" in each for each in fine.notes)


def test_a_confusion_matrix_is_of_flags():
    error = Confusion(400, 2, 1, 800)
    found = decide(constraint(0.2, most=2.0), costs(2 * spread(0.06, 500)), 0.95, error)
    share = decide(constraint(0.1, "violation_rate"), costs(spread(0.06, 500)), 0.95, error)
    assert (found.low, found.high) == pytest.approx((2 * share.low, 2 * share.high))
    with pytest.raises(ConfigurationError, match="labelled rows"):
        decide(constraint(), costs([0.5, 1.0]), 0.95, error)


def test_labels_correct_a_mean_and_say_when_more_of_them_are_needed():
    run = costs(spread(0.02, 2000))
    rows = [LabelledRow(id=f"x-{i}", truth=run.cost_N[i]) for i in range(400)]
    assert decide(constraint(0.1), run, 0.95, Labelled(tuple(rows))).outcome == "PASS"
    wrong = [LabelledRow(id=f"x-{i}", truth=1.0) for i in range(400)]
    assert decide(constraint(0.1), run, 0.95, Labelled(tuple(wrong))).outcome == "FAIL"
    few = decide(constraint(0.1), run, 0.95, Labelled(tuple(rows[:20])))
    assert few.outcome == "NO SOLUTION"
    assert "label more rows" in few.settles.words
    others = [LabelledRow(scored=0.0, truth=float(i % 50 == 0)) for i in range(400)]
    assert decide(constraint(0.2, "violation_rate"), run, 0.95, Labelled(tuple(others))).outcome == "PASS"


def test_rows_are_ordered_by_what_knows_nothing_of_their_costs():
    rows = [row(i, {"value": float(i >= 50)}) for i in range(100)]
    found = costs_of(constraint(), shuffled(rows), "here")
    again = costs_of(constraint(), shuffled(rows[::-1]), "here")
    assert found.ids == again.ids
    assert list(found.cost_N) != sorted(found.cost_N)
    assert decide(constraint(0.5), found, 0.95) == decide(constraint(0.5), again, 0.95)


def test_costs_are_what_they_say():
    rows = [row(0, {"value": 0.5}), row(1, {"failed": "time-out"}), row(2, {"abstained": "n/a"})]
    found = costs_of(constraint(), rows, "here")
    assert (found.ids, found.failed, found.abstained, list(found.measured_M)) == (("x-0", "x-1"), 1, 1, [0.5])
    for wrong in (1.5, -0.1, NAN, math.inf, "1", True, None):
        with pytest.raises(ConfigurationError, match="x-0"):
            costs_of(constraint(), [row(0, {"value": wrong})], "here")
    with pytest.raises(ConfigurationError, match="before the charter declared it"):
        costs_of(constraint(), [row(0, None)], "here")
    with pytest.raises(TooManyFailuresError, match="1 of 2"):
        refuse_failures(constraint(), found, 0.4, "here")
    refuse_failures(constraint(), found, 0.5, "here")


def test_every_category_must_keep_the_threshold():
    asked = Constraint(
        name="rude", title="Rude", threshold=0.2, evidence=["words"], scope="per_category", category="scope"
    )
    good = [row(i, {"value": x}, "in") for i, x in enumerate(spread(0.02, 200))]
    bad = [row(i + 200, {"value": x}, "out") for i, x in enumerate(spread(0.5, 200))]
    open_ = [row(i + 200, {"value": x}, "out") for i, x in enumerate(spread(0.18, 200))]

    def found(rows, values=("in", "out")):
        return decide_categories(asked, rows, values, 0.95, "here")

    assert decide_categories(asked, good, ["in"], 0.95, "here").outcome == "PASS"
    failed = found(good + bad)
    assert failed.outcome == "FAIL"
    assert [part["outcome"] for part in failed.more["categories"]] == ["PASS", "FAIL"]
    assert failed.low > 0.2
    assert [part["confidence"] for part in failed.more["categories"]] == pytest.approx([0.975, 0.975])
    assert found(good + open_).outcome == "NO SOLUTION"
    unknown = found(good)
    assert (unknown.outcome, unknown.high) == ("NO SOLUTION", None)
    assert "nothing was scored" in unknown.more["categories"][1]["notes"][0]
    for part in failed.more["categories"]:
        assert part["p_value"] <= part["p_holm"] <= 2 * part["p_value"] or part["p_holm"] == 1


def test_many_categories_on_the_threshold_pass_no_oftener_than_they_may():
    asked = Constraint(
        name="rude", title="Rude", threshold=0.3, evidence=["words"], scope="per_category", category="scope"
    )
    rng = np.random.default_rng(8)
    names = ["a", "b", "c", "d"]
    rounds, some = 80, 0
    for _ in range(rounds):
        rows = [row(i, {"value": float(rng.random() < 0.32)}, names[i % 4]) for i in range(160)]
        parts = decide_categories(asked, rows, names, 0.9, "here").more["categories"]
        some += any(part["outcome"] == "PASS" for part in parts)
    assert some / rounds <= 0.1 + 3 * math.sqrt(0.09 / rounds)


def finding(outcome):
    return Finding("x", outcome, 0.1, 0.95, 10, 0, 0)


def test_all_must_pass():
    passed, failed, unknown = finding("PASS"), finding("FAIL"), finding("NO SOLUTION")
    assert overall([passed, passed]) == "PASS"
    assert overall([passed, unknown]) == "NO SOLUTION"
    assert overall([unknown, failed]) == "FAIL"
    assert overall([]) == "NO SOLUTION"


def test_a_threshold_that_nothing_breaks_certifies_nothing():
    for asked in (constraint(1.0), constraint(1.0, "violation_rate", most=5), constraint(3.0, "cvar", most=3)):
        with pytest.raises(ConfigurationError, match="nothing could break it"):
            refuse_vacuous(asked, None, "here")
    refuse_vacuous(constraint(1.0, most=2), None, "here")
    with pytest.raises(ConfigurationError, match="scope cvar"):
        refuse_vacuous(constraint(0.5, "cvar"), Confusion(1, 1, 1, 1), "here")


@given(st.integers(1, 50), st.integers(1, 5000))
def test_the_search_finds_the_first_that_is_enough(n, enough):
    found = rows_needed(lambda rows: rows >= enough, n)
    assert found == max(enough, n + 1)


def test_the_search_gives_up():
    assert rows_needed(lambda rows: False, 10, most=1000) is None


def test_a_constraint_says_what_its_scope_needs():
    plain = Constraint(name="x", title="X", threshold=0.5, evidence=["words"])
    assert (plain.scope, plain.confidence, plain.most, plain.tail, plain.category) == ("mean", 0.95, 1.0, None, None)
    assert constraint(scope="cvar").worst_share == 0.1
    assert constraint(scope="cvar", tail=0.25).worst_share == 0.25
    for wrong in (
        {"scope": "per_category"}, {"category": "scope"}, {"tail": 0.1}, {"scope": "cvar", "tail": 0},
        {"confidence": 1}, {"confidence": 0.4}, {"most": 0}, {"most": math.inf}, {"scope": "median"},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            constraint(**wrong)
