import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import UndefinedStatisticError, bootstrap, bootstrap_mean
from lawgiver.stats import bootstrap as bootstrap_function

SAMPLES = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=30)


def median(values):
    return np.median(values, axis=-1)


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("statistic", [median, lambda v, axis=-1: np.mean(v, axis=-1)], ids=["median", "mean"])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_agrees_with_scipy(method, statistic, confidence):
    # sorted, because ours sorts before it draws: the same generator then draws the very same samples
    values = np.sort(np.random.default_rng(1).exponential(size=60))
    ours = bootstrap(values, statistic, seed=7, confidence=confidence, resamples=2_000, method=method)
    theirs = scipy.stats.bootstrap(
        (values,),
        lambda v, axis: statistic(v),
        n_resamples=2_000,
        confidence_level=confidence,
        method=method,
        rng=np.random.default_rng(7),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    assert ours.method == method


def test_agrees_with_scipy_on_a_ratio_of_two_columns():
    generator = np.random.default_rng(2)
    columns = np.stack([np.sort(generator.exponential(size=40)), generator.uniform(1, 2, size=40)])
    ours = bootstrap(columns, lambda v: v[0].mean(-1) / v[1].mean(-1), seed=3, resamples=2_000)
    theirs = scipy.stats.bootstrap(
        (columns[0], columns[1]),
        lambda a, b, axis: a.mean(axis) / b.mean(axis),
        n_resamples=2_000,
        paired=True,
        method="BCa",
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


@settings(max_examples=40)
@given(SAMPLES, st.integers(0, 1000), st.randoms())
def test_the_order_of_rows_does_not_matter(values, seed, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert bootstrap_mean(values, seed=seed, resamples=200) == bootstrap_mean(shuffled, seed=seed, resamples=200)


@settings(max_examples=40)
@given(SAMPLES, st.floats(0.1, 10), st.floats(-50, 50))
def test_moves_and_scales_with_the_values(values, scale, shift):
    here = bootstrap_mean(values, seed=0, resamples=200)
    there = bootstrap_mean(np.array(values) * scale + shift, seed=0, resamples=200)
    expected = np.array([here.estimate, here.low, here.high]) * scale + shift
    assert [there.estimate, there.low, there.high] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(max_examples=40)
@given(SAMPLES)
def test_stays_within_the_values_and_widens_with_confidence(values):
    narrow = bootstrap_mean(values, seed=0, resamples=200, confidence=0.5)
    wide = bootstrap_mean(values, seed=0, resamples=200, confidence=0.99)
    assert min(values) - 1e-9 <= wide.low <= narrow.low <= narrow.high <= wide.high <= max(values) + 1e-9


def test_the_seed_decides_and_a_generator_moves_on():
    values = np.random.default_rng(0).random(50)
    assert bootstrap_mean(values, seed=1) == bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values, seed=1) != bootstrap_mean(values, seed=2)
    generator = np.random.default_rng(1)
    assert bootstrap_mean(values, seed=generator) == bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values, seed=generator) != bootstrap_mean(values, seed=1)


def test_blocks_do_not_change_the_result(monkeypatch):
    import sys

    values = np.random.default_rng(0).random(50)
    whole = bootstrap_mean(values, seed=1)
    monkeypatch.setattr(sys.modules[bootstrap_function.__module__], "_BLOCK_ELEMENTS", 1_000)
    assert bootstrap_mean(values, seed=1) == whole


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_a_constant_has_no_width_and_says_why(method):
    interval = bootstrap_mean([0.1] * 7, seed=0, method=method)
    assert interval.low == interval.estimate == interval.high == pytest.approx(0.1)
    assert "all 7 rows are equal" in interval.note
    single = bootstrap_mean([0.3], seed=0, method=method)
    assert (single.low, single.high, single.n) == (0.3, 0.3, 1)
    assert "one row" in single.note
    assert single.to_json()["note"] == single.note


def test_falls_back_to_percentile_where_bca_is_not_defined():
    # the maximum is never exceeded by a resample; one draw that misses it makes the bias minus infinity
    interval = bootstrap([0.0, 1.0, 2.0], lambda v: v.max(-1) + 1e-3 * (v.shape[-2] == 1), seed=0, resamples=50)
    assert interval.method == "percentile"
    assert "BCa" in interval.note


@pytest.mark.parametrize(
    "arguments",
    [
        {"values_N": []},
        {"values_N": [1.0, math.nan]},
        {"values_N": [1.0, math.inf]},
        {"values_N": [1.0, 2.0], "confidence": 1.0},
        {"values_N": [1.0, 2.0], "resamples": 0},
        {"values_N": [1.0, 2.0], "method": "basic"},
    ],
)
def test_refuses_what_has_no_interval(arguments):
    with pytest.raises(ConfigurationError):
        bootstrap_mean(**arguments, seed=0)


def test_refuses_a_statistic_that_is_not_one():
    with pytest.raises(ConfigurationError, match="shape"):
        bootstrap([1.0, 2.0], lambda v: v, seed=0)
    with pytest.raises(UndefinedStatisticError):
        bootstrap([0.0, 1.0], lambda v: np.where(v.mean(-1) > 0, 1.0, np.nan), seed=0)
    with pytest.raises(ConfigurationError, match="shape"):
        bootstrap(np.zeros((2, 2, 2)), median, seed=0)


def test_covers_the_mean_of_a_skewed_population_about_as_often_as_it_says():
    generator = np.random.default_rng(5)
    hits = sum(
        interval.low <= 1.0 <= interval.high
        for interval in (
            bootstrap_mean(generator.exponential(size=60), seed=generator, resamples=1_000, confidence=0.9)
            for _ in range(400)
        )
    )
    # 0.9 ± 4 standard errors of a simulation of this size
    assert 0.84 <= hits / 400 <= 0.96
