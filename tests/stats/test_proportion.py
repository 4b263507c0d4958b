import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import clopper_pearson, wilson

BOTH = pytest.mark.parametrize("interval", [wilson, clopper_pearson])
COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCE = st.floats(0.5, 0.999)


@given(COUNTS, CONFIDENCE)
def test_agrees_with_scipy_and_statsmodels(counts, confidence):
    successes, n = counts
    for interval, scipy_name, statsmodels_name in (
        (wilson, "wilson", "wilson"),
        (clopper_pearson, "exact", "beta"),
    ):
        ours = interval(successes, n, confidence)
        theirs = binomtest(successes, n).proportion_ci(confidence, method=scipy_name)
        others = proportion_confint(successes, n, alpha=1 - confidence, method=statsmodels_name)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert (ours.low, ours.high) == pytest.approx(others, abs=1e-9)
        assert (ours.estimate, ours.n, ours.confidence) == (successes / n, n, confidence)


@BOTH
@given(counts=COUNTS, confidence=CONFIDENCE)
def test_stays_within_0_and_1_and_holds_the_estimate(interval, counts, confidence):
    result = interval(*counts, confidence)
    assert 0 <= result.low <= result.estimate <= result.high <= 1


@BOTH
@given(counts=COUNTS)
def test_rises_with_successes_and_widens_with_confidence(interval, counts):
    successes, n = counts
    here, wider = interval(successes, n, 0.9), interval(successes, n, 0.99)
    assert wider.low <= here.low
    assert here.high <= wider.high
    if successes < n:
        above = interval(successes + 1, n, 0.9)
        assert here.low < above.low
        assert here.high < above.high


@BOTH
@given(counts=COUNTS)
def test_counting_failures_mirrors_the_interval(interval, counts):
    successes, n = counts
    one, other = interval(successes, n), interval(n - successes, n)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-12)


@BOTH
@pytest.mark.parametrize(
    ("successes", "n", "confidence"),
    [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (0.5, 2, 0.95), (1, 2, 1.0), (1, 2, 0.0), (1, 2, math.nan)],
)
def test_refuses_what_is_not_a_share(interval, successes, n, confidence):
    with pytest.raises(ConfigurationError):
        interval(successes, n, confidence)


def test_an_interval_shows_all_it_rests_on():
    interval = wilson(8, 10)
    assert str(interval) == "0.800 [0.490, 0.943] (95%, n=10)"
    assert interval.to_json() == {
        "estimate": 0.8,
        "low": interval.low,
        "high": interval.high,
        "n": 10,
        "confidence": 0.95,
        "method": "wilson",
    }
