"""Round robins: computed, played out, and what both must agree on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.catalogue import game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents.independent import allc, alld, random
from lawgiver.games.opponents.memory import memory
from lawgiver.games.opponents.noise import noise
from lawgiver.games.opponents.q_learner import q_learner
from lawgiver.games.opponents.reciprocal import grim, gtft, tf2t, tft, wsls
from lawgiver.games.opponents.zero_determinant import zd_extort
from lawgiver.games.tournament.longer import from_other_side
from lawgiver.games.tournament.roundrobin import LONGEST, Scores, round_robin
from lawgiver.outcome import ConfigurationError

IPD = game("ipd")
BOS = game("bos")
PURE = [allc(), alld(), tft(), tf2t(), wsls(), grim()]


def by_hand(row, column, payoffs_2AB, rounds):
    """Scores of two deterministic players, through their seats, one match at a time."""
    stages = IPD.seen_by("column"), IPD.seen_by("row")
    seats = [
        player.spawn(stage, 1, np.random.default_rng(0)) for player, stage in zip((row, column), stages, strict=True)
    ]
    totals = np.zeros(2)
    for _ in range(rounds):
        a, b = (seat.act() for seat in seats)
        totals += payoffs_2AB[:, a[0], b[0]]
        seats[0].observe(a, b)
        seats[1].observe(b, a)
    return totals / rounds


def test_deterministic_matches_are_exact():
    done = round_robin(IPD, PURE, rounds=37)
    for i, row in enumerate(PURE):
        for j, column in enumerate(PURE):
            assert (done.scores_RKK[:, i, j] == by_hand(row, column, IPD.payoffs_2AB, 37)[0]).all()
    assert not done.sampled_KK.any()


def test_playing_out_gives_the_same_as_computing():
    computed = round_robin(IPD, PURE, rounds=50, repetitions=2)
    played = round_robin(IPD, PURE, rounds=50, repetitions=2, exact=False)
    assert (computed.scores_RKK == played.scores_RKK).all()
    assert (computed.cooperation_RKK == played.cooperation_RKK).all()
    assert played.sampled_KK.all()


def close(played: Scores, computed: Scores, repetitions: int) -> bool:
    error_KK = played.scores_RKK.std(axis=0) / np.sqrt(repetitions) + 1e-9
    apart = np.abs(played.scores_RKK.mean(axis=0) - computed.scores_RKK[0]) / error_KK
    return bool(apart.max() < 4.5)


@pytest.mark.parametrize("stage", [IPD, BOS], ids=lambda g: g.name)
@pytest.mark.parametrize("tremble", [0.0, 0.1])
def test_play_agrees_with_expectation(stage, tremble):
    members = [tft(), tf2t(), random(0.3), noise(wsls(), 0.05), gtft(0.4), memory(*np.linspace(0.1, 0.9, 16))]
    setting = {"rounds": 12, "noise": tremble}
    computed = round_robin(stage, members, repetitions=1, **setting)
    played = round_robin(stage, members, repetitions=1500, exact=False, seed=4, **setting)
    assert close(played, computed, 1500)
    assert not computed.sampled_KK.any()


def test_seats_agree_with_tables():
    """The same members, once known by their tables and once only by their seats."""

    class Seated:
        def __init__(self, inner):
            self.name, self.memory, self.spawn, self.table = inner.name, None, inner.spawn, inner.table

    members = [tft(), random(0.3), grim(), zd_extort(2.0), gtft()]
    computed = round_robin(IPD, members, rounds=15, repetitions=1, noise=0.05)
    played = round_robin(IPD, [Seated(each) for each in members], rounds=15, repetitions=1500, noise=0.05)
    assert close(played, computed, 1500)
    assert played.sampled_KK.all()


def test_what_cannot_be_computed_is_marked():
    done = round_robin(IPD, [tft(), q_learner(), alld()], rounds=20, repetitions=4)
    assert done.sampled_KK.tolist() == [[False, True, False], [True, True, True], [False, True, False]]
    assert done.scores_RKK.shape == (4, 3, 3)
    assert np.ptp(done.scores_RKK[:, 0, 2]) == 0
    assert np.ptp(done.scores_RKK[:, 2, 1]) > 0


def test_a_table_too_long_is_played_out():
    long = memory(*[1.0, 0.0, 1.0, 0.0] * 4**LONGEST)  # five rounds of memory, and tit for tat all the same
    done = round_robin(IPD, [long, alld(), tft()], rounds=9, repetitions=1)
    assert done.sampled_KK[0].all()
    assert done.scores_RKK[0, 0, 1] == done.scores_RKK[0, 2, 1]


def test_both_seats_count_alike():
    done = round_robin(BOS, [allc(), alld()], rounds=3, repetitions=1)
    assert done.scores_RKK[0] == pytest.approx(np.array([[2.5, 0], [0, 2.5]]))
    mixed_seats = MatrixGame("x", "x", np.array([[[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [30.0, 40.0]]]))
    done = round_robin(mixed_seats, [allc(), alld()], rounds=3, repetitions=1)
    # allc against alld: 2 in the row's seat, 30 in the column's
    assert done.scores_RKK[0, 0, 1] == (2 + 30) / 2
    assert done.scores_RKK[0, 1, 0] == (3 + 20) / 2
    assert done.cooperation_RKK[0].tolist() == [[1, 1], [0, 0]]


def test_a_copy_shares_both_seats():
    done = round_robin(IPD, [random(0.5), allc()], rounds=4, repetitions=1)
    assert done.scores_RKK[0, 0, 0] == pytest.approx(2.0)
    assert done.scores_RKK[0, 1, 1] == 3


def test_mixtures_are_weighted_means():
    done = round_robin(IPD, [allc(), alld(), q_learner()], rounds=10, repetitions=2)
    mixed = done.mixed(np.array([[0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]))
    # against its own copy each side draws its member anew
    assert mixed.scores_RKK[0, 0, 0] == pytest.approx(0.0625 * 3 + 0.25 * 0.75 * (0 + 4) + 0.5625 * 1)
    assert mixed.cooperation_RKK[0, 0, 0] == pytest.approx(0.25)
    assert mixed.sampled_KK.tolist() == [[False, True], [True, True]]


def test_zero_sum_play_adds_up():
    pennies = MatrixGame("pennies", "Matching pennies", np.array([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], dtype=float))
    done = round_robin(pennies, [tft(), q_learner(), random()], rounds=11, repetitions=3)
    assert done.scores_RKK + done.scores_RKK.swapaxes(1, 2) == pytest.approx(np.zeros((3, 3, 3)))


@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(1, 8))
@settings(max_examples=15, deadline=None)
def test_scores_stay_among_the_payoffs(seed, tremble, rounds):
    rng = np.random.default_rng(seed)
    members = [memory(*rng.random(4), first=rng.random()), memory(*rng.random(16)), q_learner()]
    done = round_robin(IPD, members, rounds=rounds, repetitions=2, noise=tremble, seed=seed)
    again = round_robin(IPD, members, rounds=rounds, repetitions=2, noise=tremble, seed=seed)
    assert (done.scores_RKK == again.scores_RKK).all()
    assert done.scores_RKK.min() >= -1e-9
    assert done.scores_RKK.max() <= 4 + 1e-9
    assert ((done.cooperation_RKK >= -1e-9) & (done.cooperation_RKK <= 1 + 1e-9)).all()


def test_the_other_side_of_a_history():
    assert from_other_side(1).tolist() == [0, 2, 1, 3]
    seen = from_other_side(3)
    assert seen[0b010010] == 0b100001 != seen[0b011000]
    assert (seen[seen] == np.arange(64)).all()


@pytest.mark.parametrize(
    ("name", "setting", "message"),
    [
        ("public_goods_4", {}, "two players with two actions"),
        ("ipd", {"rounds": 0}, "at least 1"),
        ("ipd", {"repetitions": 0}, "at least 1"),
        ("ipd", {"noise": 1.5}, "between 0 and 1"),
        ("ipd", {"noise": float("nan")}, "between 0 and 1"),
    ],
)
def test_errors(name, setting, message):
    with pytest.raises(ConfigurationError, match=message):
        round_robin(game(name), [tft(), alld()], **setting)
