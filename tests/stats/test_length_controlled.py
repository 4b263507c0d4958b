import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.length_controlled import RIDGE, fit_logistic, length_controlled


def biased(n=600, strength=0.0, bias=3.0, seed=0):
    """Wins that follow length alone, and answers that are mostly longer."""
    generator = np.random.default_rng(seed)
    longer = generator.normal(80, 100, n)
    chance = expit(strength + bias * np.tanh(longer / longer.std()))
    return (generator.random(n) < chance).astype(float), longer


def test_a_planted_length_bias_is_taken_out():
    wins, longer = biased()
    found = length_controlled(wins, longer, seed=0, resamples=500)
    assert wins.mean() > 0.65
    assert found.win_rate.low < 0.5 < found.win_rate.high
    assert found.win_rate.estimate == pytest.approx(0.5, abs=0.06)
    assert found.slope == pytest.approx(3, abs=0.7)


def test_a_real_strength_is_left():
    wins, longer = biased(strength=1.0)
    found = length_controlled(wins, longer, seed=0, resamples=500)
    assert found.win_rate.low < expit(1.0) < found.win_rate.high


def test_without_a_difference_in_length_it_is_the_plain_rate():
    wins = np.array([1, 1, 1, 0, 0.5])
    found = length_controlled(wins, np.zeros(5), seed=0)
    assert found.win_rate.estimate == pytest.approx(wins.mean(), abs=1e-3)
    assert found.slope == pytest.approx(0, abs=1e-9)


def test_a_clean_parting_stays_finite():
    longer = np.array([-2.0, -1.0, 1.0, 2.0])
    found = length_controlled((longer > 0).astype(float), longer, seed=0, resamples=200)
    assert found.win_rate.estimate == pytest.approx(0.5)
    assert np.isfinite(found.slope)
    always = length_controlled(np.ones(4), longer, seed=0, resamples=200)
    assert 0.99 < always.win_rate.estimate < 1


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_fit_is_the_maximum(seed):
    generator = np.random.default_rng(seed)
    wins, x = generator.choice([0, 0.5, 1], 25), generator.normal(size=25)

    def loss(w):
        z = w[0] + w[1] * x
        return -(wins * z - np.logaddexp(0, z)).mean() + RIDGE / 2 * (w**2).sum()

    assert loss(fit_logistic(wins, x, RIDGE)) <= minimize(loss, np.zeros(2)).fun + 1e-9


@pytest.mark.parametrize(("wins", "longer"), [([1, 0], [1]), ([2, 0], [1, 2]), ([], []), ([1, 0], [np.nan, 1])])
def test_what_cannot_be_fitted_is_refused(wins, longer):
    with pytest.raises(ConfigurationError):
        length_controlled(wins, longer, seed=0)
