"""Bounds hold as often as they say, on distributions that make it hard for them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import (
    bernstein_bounds,
    betting_bounds,
    betting_p_value,
    cvar,
    cvar_bounds,
    p_value,
    rate_bounds,
)

REPEATED = 2000
SLACK = 3 * math.sqrt(0.05 * 0.95 / REPEATED)  # three standard errors of a simulated 95 %
DRAWS = {
    "rare": lambda rng, shape: (rng.random(shape) < 0.03).astype(float),
    "even": lambda rng, shape: (rng.random(shape) < 0.5).astype(float),
    "common": lambda rng, shape: (rng.random(shape) < 0.95).astype(float),
    "skewed": lambda rng, shape: rng.beta(0.2, 2.0, shape),
    "uniform": lambda rng, shape: rng.random(shape),
    "graded": lambda rng, shape: rng.choice([0.0, 0.5, 1.0], shape, p=[0.7, 0.2, 0.1]),
}
MEANS = {"rare": 0.03, "even": 0.5, "common": 0.95, "skewed": 0.2 / 2.2, "uniform": 0.5, "graded": 0.2}
MEAN_BOUNDS = pytest.mark.parametrize("bounds", [bernstein_bounds, betting_bounds])
SAMPLES = st.lists(st.floats(0, 1), min_size=1, max_size=40)
CONFIDENCE = st.floats(0.5, 0.999)


def draw(kind, n, repeated=REPEATED):
    return DRAWS[kind](np.random.default_rng([n, len(kind)]), (repeated, n))


def assert_covers(bounds, truth):
    for covered in (truth <= bounds.high + 1e-12, bounds.low - 1e-12 <= truth):
        assert covered.mean() >= 0.95 - SLACK


@pytest.mark.parametrize("n", [5, 60])
@pytest.mark.parametrize("kind", DRAWS)
@MEAN_BOUNDS
def test_a_mean_is_covered(bounds, kind, n):
    assert_covers(bounds(draw(kind, n)), MEANS[kind])


@pytest.mark.parametrize("confidence", [0.6, 0.8, 0.99])
def test_betting_covers_whatever_its_bets_are_sized_for(confidence):
    for kind in ("rare", "skewed"):
        found = betting_bounds(draw(kind, 60), confidence)
        slack = 3 * math.sqrt(confidence * (1 - confidence) / REPEATED)
        assert (MEANS[kind] <= found.high).mean() >= confidence - slack
        assert (found.low <= MEANS[kind]).mean() >= confidence - slack


@pytest.mark.parametrize("n", [5, 60, 300])
@pytest.mark.parametrize("rate", [0.0, 0.01, 0.2, 0.9])
def test_a_rate_is_covered(rate, n):
    successes = np.random.default_rng(n).binomial(n, rate, REPEATED)
    assert_covers(rate_bounds(successes, n), rate)


@pytest.mark.parametrize("n", [10, 80])
@pytest.mark.parametrize(("kind", "tail", "truth"), [("uniform", 0.2, 0.9), ("rare", 0.1, 0.3), ("graded", 0.5, 0.4)])
def test_a_tail_is_covered(kind, tail, truth, n):
    assert_covers(cvar_bounds(draw(kind, n), tail), truth)


def test_no_failure_in_299_is_at_most_one_percent():
    assert rate_bounds(0, 299).high <= 0.01 < rate_bounds(0, 298).high


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), CONFIDENCE)
def test_rates_agree_with_scipy(counts, confidence):
    found = rate_bounds(*counts, confidence)
    high = binomtest(*counts, alternative="less").proportion_ci(confidence, method="exact").high
    low = binomtest(*counts, alternative="greater").proportion_ci(confidence, method="exact").low
    assert (float(found.low), float(found.high)) == pytest.approx((low, high), abs=1e-9)


def test_of_no_trials_nothing_is_known():
    assert rate_bounds(0, 0) == (0, 1)


@given(SAMPLES, CONFIDENCE, CONFIDENCE)
@settings(max_examples=60)
def test_more_confidence_is_a_wider_bound(values, one, other):
    less, more = sorted((one, other))
    for bounds in (bernstein_bounds, betting_bounds, lambda v, c: cvar_bounds(v, 0.3, c)):
        narrow, wide = bounds(values, less), bounds(values, more)
        assert 0 <= wide.low <= narrow.low + 1e-12
        assert narrow.high <= wide.high + 1e-12 <= 1 + 2e-12


@given(SAMPLES, st.floats(0, 1), st.integers(0, 39))
@settings(max_examples=60)
def test_a_worse_cost_never_lowers_a_tail_or_a_rate(values, cost, position):
    worse = np.array(values)
    position %= len(values)
    worse[position] = max(worse[position], cost)
    for before, after in (
        (cvar_bounds(values, 0.3), cvar_bounds(worse, 0.3)),
        *((rate_bounds(k, 40), rate_bounds(k + 1, 40)) for k in (len(values) - 1,)),
    ):
        assert before.low <= after.low + 1e-12
        assert before.high <= after.high + 1e-12


@given(SAMPLES, st.floats(0, 1))
@settings(max_examples=60)
def test_a_worse_sample_throughout_never_lowers_a_bet(values, threshold):
    # the same bets on higher values cannot earn more: a constant added to all leaves their variance as it was
    moved = np.array(values) / 2
    for before, after in ((betting_bounds(moved), betting_bounds(moved + 0.5)),):
        assert before.high <= after.high + 1e-9
        assert before.low <= after.low + 1e-9


@given(st.integers(2, 60), st.integers(2, 8))
@settings(max_examples=30)
def test_more_of_the_same_is_a_narrower_bound(n, times):
    values = np.resize([0.0, 0.3, 0.0, 1.0, 0.1], n)
    for bounds in (bernstein_bounds, lambda v: cvar_bounds(v, 0.5)):
        few, many = bounds(values), bounds(np.tile(values, times))
        assert many.high <= few.high + 1e-12
        assert many.low >= few.low - 1e-12


@given(SAMPLES, st.floats(0.1, 50))
@settings(max_examples=40)
def test_units_do_not_matter(values, most):
    for bounds in (bernstein_bounds, betting_bounds):
        one, other = bounds(values), bounds(np.array(values) * most, most=most)
        assert (float(other.low), float(other.high)) == pytest.approx(
            (most * float(one.low), most * float(one.high)), rel=1e-6, abs=1e-6
        )
        mirrored = bounds(1 - np.array(values))
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((float(one.low), float(one.high)), abs=1e-9)


@given(SAMPLES)
@settings(max_examples=40)
def test_bounds_hold_the_sample_tail_and_a_tail_of_all_is_the_mean(values):
    found = cvar_bounds(values, 0.25)
    assert found.low - 1e-9 <= cvar(values, 0.25) <= found.high + 1e-9
    assert cvar(values, 1.0) == pytest.approx(np.mean(values))
    assert cvar(values, 1e-6) == pytest.approx(max(values))


def test_a_tail_counts_its_last_value_in_part():
    assert cvar([0.0, 0.2, 0.6, 1.0], 0.375) == pytest.approx((1.0 + 0.5 * 0.6) / 1.5)


@given(SAMPLES, st.floats(0.01, 0.99), CONFIDENCE)
@settings(max_examples=60)
def test_the_p_value_of_a_bet_is_its_bound_turned_around(values, threshold, confidence):
    p, high = float(betting_p_value(values, threshold)), float(betting_bounds(values, confidence).high)
    if abs(p - (1 - confidence)) > 1e-6 and abs(high - threshold) > 1e-9:
        assert (p <= 1 - confidence) == (high <= threshold)


@pytest.mark.parametrize("threshold", [0.03, 0.02])
def test_a_p_value_is_below_five_percent_at_most_that_often(threshold):
    p = betting_p_value(draw("rare", 80), threshold)  # the mean is .03, so nothing below it is true either
    assert (p <= 0.05).mean() <= 0.05 + SLACK


def test_the_p_value_of_a_rate_is_the_binomial_one():
    for successes, n, threshold in ((0, 100, 0.02), (3, 200, 0.05), (9, 100, 0.1)):
        found = p_value(lambda c, k=successes, n=n: float(rate_bounds(k, n, c).high), threshold)
        assert found == pytest.approx(binom.cdf(successes, n, threshold), rel=5e-3)
    assert p_value(lambda c: 1.0, 0.5) == 1.0


def test_betting_is_narrower_than_bernstein_where_costs_are_rare():
    values = draw("rare", 300, 50)
    assert betting_bounds(values).high.mean() < bernstein_bounds(values).high.mean() - 0.02


def test_samples_are_bounded_side_by_side_as_one_by_one():
    values = draw("skewed", 30, 4)
    for bounds in (bernstein_bounds, betting_bounds, lambda v: cvar_bounds(v, 0.2)):
        together = bounds(values)
        alone = [bounds(row) for row in values]
        np.testing.assert_allclose(together.high, [one.high for one in alone])
        np.testing.assert_allclose(together.low, [one.low for one in alone])


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [1.5], [-0.1], [math.inf], 0.5])
@pytest.mark.parametrize("bounds", [bernstein_bounds, betting_bounds, lambda v: cvar_bounds(v, 0.1)])
def test_what_has_no_bound_is_refused(bounds, values):
    with pytest.raises(ConfigurationError):
        bounds(values)


def test_arguments_out_of_range_are_refused():
    for wrong in (
        lambda: rate_bounds(3, 2),
        lambda: rate_bounds(0.5, 2),
        lambda: rate_bounds(-1, 2),
        lambda: rate_bounds(1, 2, 1.0),
        lambda: betting_bounds([0.5], math.nan),
        lambda: betting_bounds([0.5], least=1.0, most=0.0),
        lambda: betting_p_value([0.5], 1.5),
        lambda: cvar_bounds([0.5], 0.0),
        lambda: cvar_bounds([0.5], 0.1, 0.4),
        lambda: cvar([], 0.1),
    ):
        with pytest.raises(ConfigurationError):
            wrong()
