"""A scorer that is wrong must not make a certificate wrong: corrected bounds hold where plain ones do not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Confusion, bernstein_bounds, confused_rate_bounds, rate_bounds, rectified_bounds
from lawgiver.stats.betting import betting_bounds

REPEATED = 2000
SLACK = 3 * math.sqrt(0.05 * 0.95 / REPEATED)
SCORERS = [(0.5, 0.02), (0.8, 0.1), (0.99, 0.4), (0.3, 0.3), (1.0, 0.0)]
"""Sensitivity and false-positive rate."""


def simulated(rng, rate, hits, false, n, labelled):
    """Flags of a run, and a confusion matrix from other rows of the same kind."""
    flags = int((rng.random(n) < np.where(rng.random(n) < rate, hits, false)).sum())
    true = rng.random(labelled) < rate
    said = rng.random(labelled) < np.where(true, hits, false)
    counts = [(said & true), (~said & true), (said & ~true), (~said & ~true)]
    return flags, Confusion(*(int(count.sum()) for count in counts))


@pytest.mark.parametrize("rate", [0.02, 0.3])
@pytest.mark.parametrize(("hits", "false"), SCORERS)
def test_a_true_rate_is_covered_behind_a_noisy_scorer(rate, hits, false):
    rng = np.random.default_rng(0)
    found = [confused_rate_bounds(flags, 150, confusion) for flags, confusion in (
        simulated(rng, rate, hits, false, 150, 80) for _ in range(REPEATED)
    )]  # fmt: skip
    assert np.mean([rate <= bounds.high for bounds in found]) >= 0.95 - SLACK
    assert np.mean([bounds.low <= rate for bounds in found]) >= 0.95 - SLACK


def test_the_plain_bound_of_a_blind_scorer_is_wrong_and_the_corrected_one_is_not():
    rng = np.random.default_rng(1)
    runs = [simulated(rng, 0.2, 0.4, 0.0, 300, 200) for _ in range(200)]
    assert np.mean([rate_bounds(flags, 300).high >= 0.2 for flags, _ in runs]) < 0.1
    assert np.mean([confused_rate_bounds(flags, 300, confusion).high >= 0.2 for flags, confusion in runs]) > 0.95


def test_a_good_scorer_with_many_labels_costs_little():
    corrected = confused_rate_bounds(10, 1000, Confusion(2000, 0, 0, 2000))
    assert rate_bounds(10, 1000).high <= corrected.high <= rate_bounds(10, 1000).high + 0.006


@given(st.integers(0, 99), *[st.integers(0, 60)] * 4, st.floats(0.5, 0.99))
@settings(max_examples=80)
def test_corrected_rates_stay_in_order(flags, hit, missed, alarm, passed, confidence):
    confusion = Confusion(hit, missed, alarm, passed)
    found = confused_rate_bounds(flags, 100, confusion, confidence)
    assert 0 <= found.low <= 1
    assert 0 <= found.high <= 1
    wider = confused_rate_bounds(flags, 100, confusion, (1 + confidence) / 2)
    if found.high < 1:
        assert found.high <= wider.high
    if found.low > 0:
        assert wider.low <= found.low


def test_labels_that_show_nothing_or_contradict_the_run_bound_nothing():
    assert confused_rate_bounds(5, 100, Confusion(0, 0, 3, 80)) == (0, 1)
    assert confused_rate_bounds(0, 10_000, Confusion(90, 10, 90, 10)).high == 1
    assert (
        confused_rate_bounds(0, 10_000, Confusion(99, 1, 50, 50)).high == 1
    )  # it must raise false alarms, and did not
    assert confused_rate_bounds(10_000, 10_000, Confusion(50, 50, 1, 99)).low == 0


@pytest.mark.parametrize("count", [-1, 1.5, True, "3"])
def test_counts_are_counts(count):
    with pytest.raises(ConfigurationError):
        Confusion(count, 0, 0, 0)


@pytest.mark.parametrize("bounds", [betting_bounds, bernstein_bounds])
@pytest.mark.parametrize("blur", ["blind", "biased", "noise", "perfect"])
def test_a_true_mean_is_covered_by_scores_and_labels(blur, bounds):
    rng = np.random.default_rng(len(blur))
    truth = rng.beta(0.5, 4.0, (REPEATED, 240))
    mean = 0.5 / 4.5
    scores = {
        "blind": np.zeros_like(truth),
        "biased": truth * 0.3,
        "noise": np.clip(truth + rng.normal(0, 0.3, truth.shape), 0, 1),
        "perfect": truth,
    }[blur]
    found = rectified_bounds(scores[:, :200], scores[:, 180:], truth[:, 180:], bounds=bounds)
    assert (mean <= found.high).mean() >= 0.95 - SLACK
    assert (found.low <= mean).mean() >= 0.95 - SLACK
    if blur in ("blind", "biased") and bounds is betting_bounds:
        assert (mean <= betting_bounds(scores[:, :200]).high).mean() < 0.2


def test_a_perfect_scorer_is_worth_more_than_the_labels_alone():
    truth = (np.random.default_rng(3).random(20_000) < 0.3).astype(float)
    found, alone = rectified_bounds(truth, truth[:1000], truth[:1000]), betting_bounds(truth[:1000])
    assert found.high - found.low < 0.7 * (alone.high - alone.low)


def test_labels_come_with_scores():
    for wrong in (([0.5], [0.5], [0.5, 0.1]), ([0.5], [], []), ([2.0], [0.5], [0.5]), ([0.5], [0.5], [math.nan])):
        with pytest.raises(ConfigurationError):
            rectified_bounds(*wrong)
