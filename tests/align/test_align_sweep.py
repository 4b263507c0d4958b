"""Choosing q: the curves cover the truth, and the chosen q keeps the budget as often as is claimed."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.align.sweep import Measured, SweepSettings, sweep
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval

Q = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
QUICK = SweepSettings(resamples=400)


def helpfulness(q):
    return 0.8 - 0.1 * q - 0.1 * q**2


def cost(q):
    return 0.5 - 0.7 * q + 0.25 * q**2


def around(value, error, confidence=0.95):
    return Interval(value, value - 1.96 * error, value + 1.96 * error, 100, confidence, "bca")


def points(error=0.02, seed=None, q_N=Q):
    noise = (
        np.zeros((2, len(q_N))) if seed is None else np.random.default_rng(seed).normal(scale=error, size=(2, len(q_N)))
    )
    return [
        Measured(
            q=q, helpfulness=around(helpfulness(q) + noise[0, n], error), cost=around(cost(q) + noise[1, n], error)
        )
        for n, q in enumerate(q_N)
    ]


def test_without_noise_the_curves_are_the_truth_and_the_choice_the_least_q_that_is_safe():
    found = sweep(points(error=1e-4), 0.2, QUICK)
    np.testing.assert_allclose(found.helpfulness.fit_Q, helpfulness(found.q_Q), atol=1e-9)
    np.testing.assert_allclose(found.cost.fit_Q, cost(found.q_Q), atol=1e-9)
    assert found.chosen == pytest.approx(min(q for q in found.q_Q if cost(q) <= 0.2 - 3e-4))


def test_the_chosen_q_breaks_the_budget_no_more_often_than_claimed():
    chosen = [sweep(points(seed=seed), 0.2, QUICK).chosen for seed in range(400)]
    assert None not in chosen
    broken = np.mean([cost(q) > 0.2 for q in chosen])
    # the chosen point is where the bound crosses the budget, so 5 % of the sweeps are wrong by design
    assert broken <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean([cost(q) for q in chosen]) > 0.1  # and it is not by taking q = 1


def test_the_bands_cover_the_truth_as_often_as_claimed():
    at = 30
    found = [sweep(points(seed=seed), 0.2, QUICK) for seed in range(400)]
    inside = np.mean([f.helpfulness.low_Q[at] <= helpfulness(f.q_Q[at]) <= f.helpfulness.high_Q[at] for f in found])
    assert 0.91 <= inside <= 0.985
    below = np.mean([cost(f.q_Q[at]) <= f.cost.high_Q[at] for f in found])
    assert 0.91 <= below <= 0.985


@given(seed=st.integers(0, 1000), tight=st.floats(-0.1, 0.6), loose=st.floats(-0.1, 0.6))
@settings(max_examples=50)
def test_a_looser_budget_is_never_less_helpful(seed, tight, loose):
    tight, loose = sorted((tight, loose))
    measured = points(seed=seed, error=0.05)
    strict, lax = sweep(measured, tight, QUICK), sweep(measured, loose, QUICK)
    for found in (strict, lax):
        if found.chosen is not None:
            at = int(np.argmin(np.abs(found.q_Q - found.chosen)))
            assert found.cost.high_Q[at] <= found.threshold
    if strict.chosen is not None:
        assert lax.chosen is not None
        fit = lax.helpfulness.fit_Q
        at = [int(np.argmin(np.abs(lax.q_Q - found.chosen))) for found in (strict, lax)]
        assert fit[at[1]] >= fit[at[0]]


def test_none_is_said_with_what_came_nearest():
    found = sweep(points(), 0.01, QUICK)
    assert found.chosen is None
    assert "no q from 0.00 to 1.00" in found.message
    assert "q = 1.00" in found.message
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["chosen"] is None


def test_a_curve_that_bends_more_than_the_fit_gets_a_wider_band():
    straight = points()
    bent = [
        Measured(q=point.q, helpfulness=point.helpfulness, cost=around(point.cost.estimate + (-1) ** n * 0.1, 0.02))
        for n, point in enumerate(straight)
    ]
    width = [np.mean(f.cost.high_Q - f.cost.fit_Q) for f in (sweep(straight, 0.2, QUICK), sweep(bent, 0.2, QUICK))]
    assert width[1] > 2 * width[0]


def test_two_points_make_a_line():
    found = sweep(points(q_N=np.array([0.0, 1.0])), 0.2, QUICK)
    np.testing.assert_allclose(np.diff(found.cost.fit_Q, 2), 0, atol=1e-12)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ConfigurationError, match="1 different q"):
        sweep(points(q_N=np.array([0.5, 0.5])), 0.2)
    with pytest.raises(ConfigurationError, match="0 different q"):
        sweep([], 0.2)
    with pytest.raises(ConfigurationError, match="threshold"):
        sweep(points(), float("nan"))
    # and where none has any, rows that were all alike still leave room for the next one
    flat = sweep(points(error=0.0), 0.2, QUICK)
    assert (flat.cost.high_Q > flat.cost.fit_Q).all()
    # one interval without width claims a certainty it cannot have, and is given the widest of the others
    measured = points()
    measured[0] = Measured(q=0.0, helpfulness=measured[0].helpfulness, cost=around(cost(0.0), 0.0))
    assert sweep(measured, 0.2, QUICK).chosen == pytest.approx(sweep(points(), 0.2, QUICK).chosen)
