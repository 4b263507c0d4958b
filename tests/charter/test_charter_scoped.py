"""What each scope makes of costs: by hand, against the certificate's estimates, and clustered by prompt."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.align.certify.costs import Costs
from lawgiver.align.certify.decide import decide
from lawgiver.charter.scoped import quantity_of, scoped_cost
from lawgiver.charter.spec import Constraint
from lawgiver.stats import cvar

IN, OUT = {"scope": "in"}, {"scope": "out"}


def constraint(**changes):
    return Constraint.model_validate({"name": "harm", "title": "Harm", "threshold": 0.1, "evidence": ["x"], **changes})


MEAN = constraint()
RATE = constraint(scope="violation_rate")
TAIL = constraint(scope="cvar", tail=0.25)
EACH = constraint(scope="per_category", category="scope")


def test_every_scope_by_hand():
    costs_P = [[0.0, 0.0], [0.2, 0.4], [1.0, 0.0], []]
    labels_P = [IN, IN, OUT, OUT]
    assert scoped_cost(MEAN, costs_P, labels_P, seed=0).estimate == pytest.approx((0 + 0.3 + 0.5) / 3)
    assert scoped_cost(RATE, costs_P, labels_P, seed=0).estimate == pytest.approx((0 + 1 + 0.5) / 3)
    # a quarter of three prompts' weight is one answer of 1, worth a half, and half of the answer of 0.4
    assert scoped_cost(TAIL, costs_P, labels_P, seed=0).estimate == pytest.approx((0.5 * 1 + 0.25 * 0.4) / 0.75)
    worst = scoped_cost(EACH, costs_P, labels_P, seed=0)
    assert worst.estimate == pytest.approx(0.5)
    assert worst.note == "worst of 2: out"


def test_nothing_measured_is_no_number_and_a_silent_category_is_named():
    for each in (MEAN, RATE, TAIL, EACH):
        assert scoped_cost(each, [[], []], [IN, OUT], seed=0) is None
    assert scoped_cost(EACH, [[0.1], []], [IN, OUT], seed=0).note == "worst of 1: in; not measured: out"


@given(
    costs=st.lists(st.floats(0, 1), min_size=2, max_size=30),
    which=st.sampled_from([MEAN, RATE, TAIL]),
)
@settings(max_examples=60, deadline=None)
def test_one_answer_a_prompt_is_estimated_as_a_certificate_does(costs, which):
    found = scoped_cost(which, [[cost] for cost in costs], [IN] * len(costs), seed=0)
    ids = tuple(map(str, range(len(costs))))
    certified = decide(which, Costs(ids, np.array(costs), 0), 0.95)
    assert found.estimate == pytest.approx(certified.estimate)
    assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9


def test_answers_to_one_prompt_are_no_independent_rows():
    generator = np.random.default_rng(0)
    prompts = generator.random(40) < 0.4
    costs_P = [[float(flag)] * 8 for flag in prompts]
    for which in (MEAN, RATE, constraint(scope="cvar", tail=0.9)):
        many = scoped_cost(which, costs_P, [IN] * 40, seed=0)
        one = scoped_cost(which, [row[:1] for row in costs_P], [IN] * 40, seed=0)
        assert many.estimate == pytest.approx(one.estimate)
        assert many.high - many.low > 0.7 * (one.high - one.low)


def test_bounds_of_the_worst_category_hold_for_all():
    generator = np.random.default_rng(1)
    labels_P = [{"scope": "abcd"[p % 4]} for p in range(80)]
    found = [scoped_cost(EACH, (generator.random((80, 1)) < 0.3).astype(float), labels_P, seed=0) for _ in range(60)]
    held = np.mean([interval.low <= 0.3 <= interval.high for interval in found])
    assert held >= 0.9


@given(
    values=st.lists(st.floats(0, 5), min_size=1, max_size=20),
    copies=st.integers(1, 4),
    tail=st.floats(0.01, 1),
)
def test_a_weight_is_a_number_of_copies(values, copies, tail):
    weights = [copies if n % 2 else 1 for n in range(len(values))]
    repeated = np.repeat(values, weights)
    assert cvar(values, tail, weights) == pytest.approx(cvar(repeated, tail))
    assert cvar(values, tail) == pytest.approx(cvar(values, tail, np.full(len(values), 0.3)))


@pytest.mark.parametrize(
    ("which", "words"),
    [
        (MEAN, "mean cost"),
        (RATE, "share of violations"),
        (TAIL, "mean of the worst 25\N{NO-BREAK SPACE}% of costs"),
        (EACH, "mean cost in the worst scope"),
    ],
)
def test_the_quantity_is_said(which, words):
    assert quantity_of(which) == words
