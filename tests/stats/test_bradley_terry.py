import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.bradley_terry import bradley_terry, fit_strengths, has_finite_maximum
from lawgiver.stats.joint import resampled_sums


def played(strengths, prompts, seed=0):
    """One comparison of every pair on every prompt, won with the model's own probability."""
    generator = np.random.default_rng(seed)
    players = len(strengths)
    wins = np.full((prompts, players, players), np.nan)
    for i, j in itertools.combinations(range(players), 2):
        chance = 1 / (1 + math.exp(strengths[j] - strengths[i]))
        wins[:, i, j] = generator.random(prompts) < chance
        wins[:, j, i] = 1 - wins[:, i, j]
    return wins


def test_planted_strengths_are_recovered_within_their_intervals():
    planted = [0.0, 0.8, -0.5, 1.6]
    found = bradley_terry(played(planted, 3000), seed=0, confidence=0.99)
    assert found.finite
    assert found.connected
    assert len(found.groups) == 1
    for strength, interval in zip(planted, found.intervals, strict=True):
        assert interval.estimate == pytest.approx(strength, abs=0.15)
        assert interval.low <= strength <= interval.high
    assert (found.intervals[0].low, found.intervals[0].high, found.intervals[0].n) == (0, 0, 3000)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_two_players_have_the_log_odds(won, lost, tied):
    share = np.array([1.0] * won + [0.0] * lost + [0.5] * tied)
    wins = np.full((len(share), 2, 2), np.nan)
    wins[:, 1, 0], wins[:, 0, 1] = share, 1 - share
    found = bradley_terry(wins, seed=0, resamples=20)
    assert found.intervals[1].estimate == pytest.approx(math.log((won + tied / 2) / (lost + tied / 2)), abs=1e-8)


@given(st.permutations(range(4)), st.integers(0, 1000), st.booleans())
@settings(max_examples=30, deadline=None)
def test_another_naming_moves_no_difference(order, seed, one_always_wins):
    wins = np.nan_to_num(played([0.0, 0.5, -0.3, 1.0], 30, seed)).sum(0)
    if one_always_wins:
        wins[2, :] += wins[:, 2]
        wins[:, 2] = 0
    ridge = 0.0 if has_finite_maximum(wins) else 0.01
    plain, renamed = fit_strengths(wins, ridge), fit_strengths(wins[np.ix_(order, order)], ridge)
    assert renamed - renamed[0] == pytest.approx((plain - plain[order[0]])[list(order)], abs=1e-6)


def test_it_is_the_maximum_of_the_likelihood():
    wins = np.nan_to_num(played([0.0, 0.5, -0.3], 40)).sum(0)
    best = fit_strengths(wins)

    def likelihood(strength):
        return sum(
            wins[i, j] * -math.log1p(math.exp(strength[j] - strength[i]))
            for i, j in itertools.permutations(range(3), 2)
        )

    for move in np.vstack([np.eye(3), -np.eye(3)]) * 0.01:
        assert likelihood(best + move) < likelihood(best)


def test_a_player_who_always_wins_is_held_by_the_ridge_and_named():
    wins = played([0.0, 0.4, 0.2], 50)
    wins[:, 2, :2], wins[:, :2, 2] = 1, 0
    found = bradley_terry(wins, seed=0, resamples=50)
    assert not found.finite
    assert found.connected
    assert set(found.groups) == {(0, 1), (2,)}
    assert found.ridged == 1
    assert 5 < found.intervals[2].estimate < 20


def test_players_who_were_never_compared_are_no_graph():
    wins = np.full((20, 4, 4), np.nan)
    wins[:, 0, 1], wins[:, 1, 0] = 0.5, 0.5
    wins[:10, 2, 3], wins[:10, 3, 2] = 1, 0
    found = bradley_terry(wins, seed=0, resamples=20)
    assert not found.connected
    assert found.intervals[1].estimate == pytest.approx(0, abs=1e-9)
    assert all(math.isfinite(interval.estimate) for interval in found.intervals)


def test_only_resamples_may_need_the_ridge():
    wins = played([0.0, 0.0], 4)
    wins[:, 1, 0] = [1, 1, 1, 0]
    wins[:, 0, 1] = 1 - wins[:, 1, 0]
    found = bradley_terry(wins, seed=0)
    assert found.finite
    assert found.ridged == pytest.approx(0.75**4 + 0.25**4, abs=0.05)


def test_the_interval_covers_as_often_as_it_says():
    truth = 0.7
    covered = 0
    for seed in range(200):
        interval = bradley_terry(played([0.0, truth, -0.4], 80, seed), seed=seed, resamples=300).intervals[1]
        covered += interval.low <= truth <= interval.high
    assert covered >= 180


def test_rows_in_another_order_give_the_same():
    wins = played([0.0, 0.5, -0.3], 60)
    assert bradley_terry(wins, seed=3) == bradley_terry(wins[::-1], seed=3)


@pytest.mark.parametrize(
    "wins",
    [
        np.zeros((3, 2)),
        np.full((3, 1, 1), np.nan),
        np.full((3, 2, 2), np.nan),
        np.ones((3, 2, 2)),
        np.array([[[0, np.nan], [1, 0]]]),
        np.array([[[0, 2.0], [-1.0, 0]]]),
    ],
)
def test_what_is_no_table_of_comparisons_is_refused(wins):
    with pytest.raises(ConfigurationError):
        bradley_terry(wins, seed=0)


def test_columns_are_drawn_together():
    values = np.random.default_rng(0).random((50, 1))
    sums = resampled_sums(np.hstack([values, 1 - values]), seed=0, resamples=400)
    assert sums.sum(1) == pytest.approx(50)
    assert sums[:, 0].std() / 50 == pytest.approx(values.std() / math.sqrt(50), rel=0.15)
    with pytest.raises(ConfigurationError):
        resampled_sums([[math.nan]], seed=0)
