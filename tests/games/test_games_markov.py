from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games import markov
from lawgiver.games.catalogue import game
from lawgiver.games.opponents.registry import opponent

TFT = np.array([[1, 0], [0, 1], [1, 0], [0, 1.0]])
GRIM = np.array([[1, 0], [0, 1], [0, 1], [0, 1.0]])
SHAPES = st.tuples(st.integers(2, 3), st.integers(2, 3), st.integers(1, 2), st.integers(0, 2**32 - 1))


def draw(actions: int, situations: int, rounds: int, seed: int):
    """A policy with illegal mass, the others', rewards of histories, a start."""
    rng = np.random.default_rng(seed)
    histories = (actions * situations) ** rounds
    p_HA = rng.dirichlet(np.ones(actions + 1), histories)[:, :-1]
    q_HB = rng.dirichlet(np.ones(situations), histories)
    return p_HA, q_HB, rng.normal(size=(histories, actions, situations)), rng.dirichlet(np.ones(histories))


@given(SHAPES)
@settings(max_examples=25, deadline=None)
def test_transitions_are_distributions_over_consistent_histories(shape):
    p_HA, q_HB, _, start_H = draw(*shape)
    moved_HH = markov.transition(p_HA, q_HB)
    assert np.allclose(moved_HH.sum(axis=1), 1)
    base = shape[0] * shape[1]
    for h, following in np.argwhere(moved_HH > 0):
        assert following // base == h % (len(moved_HH) // base)  # only the oldest round is forgotten
    for share_H in (markov.stationary(p_HA, q_HB, start_H), markov.visited(p_HA, q_HB, start_H, 7)):
        assert share_H.min() >= -1e-12
        assert share_H.sum() == pytest.approx(1)


@given(SHAPES)
@settings(max_examples=15, deadline=None)
def test_the_gradient_in_log_p_agrees_with_a_complex_step_and_finite_differences(shape):
    p_HA, q_HB, reward_HAB, start_H = draw(*shape)
    gamma, illegal = 0.9, -6.0
    gradient_HA = markov.log_gradient(p_HA, q_HB, reward_HAB, start_H, gamma=gamma, illegal=illegal)

    def value(p):
        return markov.value(p, q_HB, reward_HAB, start_H, gamma=gamma, illegal=illegal)

    rng = np.random.default_rng(0)
    for h, a in zip(rng.integers(0, p_HA.shape[0], 6), rng.integers(0, p_HA.shape[1], 6), strict=True):
        bump_HA = np.zeros_like(p_HA)
        bump_HA[h, a] = p_HA[h, a]  # d/dlog p = p d/dp
        assert gradient_HA[h, a] == pytest.approx(value(p_HA + 1e-60j * bump_HA).imag / 1e-60, rel=1e-9, abs=1e-12)
        finite = (value(p_HA + 1e-6 * bump_HA) - value(p_HA - 1e-6 * bump_HA)) / 2e-6
        assert gradient_HA[h, a] == pytest.approx(finite, rel=1e-5, abs=1e-6)


def test_the_gradient_is_complex_safe_in_the_others_policy():
    p_HA, q_HB, reward_HAB, start_H = draw(2, 3, 1, 5)
    along_HB = np.random.default_rng(1).normal(size=q_HB.shape)

    def gradient(q):
        return markov.log_gradient(p_HA, q, reward_HAB, start_H, gamma=0.8, illegal=-1.0)

    exact = gradient(q_HB + 1e-60j * along_HB).imag / 1e-60
    assert np.allclose(exact, (gradient(q_HB + 1e-6 * along_HB) - gradient(q_HB - 1e-6 * along_HB)) / 2e-6, atol=1e-6)


def test_the_value_agrees_with_simulated_play():
    p_HA, q_HB, reward_HAB, start_H = draw(2, 2, 1, 11)
    gamma, illegal, episodes = 0.8, -6.0, 20_000
    rng = np.random.default_rng(3)
    here_E = rng.choice(4, size=episodes, p=start_H)
    total_E = np.zeros(episodes)
    count_H = np.zeros(4)
    for t in range(60):  # 0.8^60 is 1e-6
        count_H += np.bincount(here_E, minlength=4)
        chance_E = rng.random(episodes)
        edges_EA = p_HA[here_E].cumsum(axis=1)
        legal_E = chance_E < edges_EA[:, -1]
        own_E = np.where(legal_E, (chance_E[:, None] >= edges_EA).sum(axis=1).clip(max=1), here_E // 2)
        other_E = (rng.random(episodes) >= q_HB[here_E, 0]).astype(int)
        total_E += gamma**t * np.where(legal_E, reward_HAB[here_E, own_E, other_E], illegal)
        here_E = own_E * 2 + other_E
    exact = markov.value(p_HA, q_HB, reward_HAB, start_H, gamma=gamma, illegal=illegal)
    assert abs(total_E.mean() - exact) < 4 * total_E.std() / np.sqrt(episodes)
    assert np.allclose(count_H / count_H.sum(), markov.visited(p_HA, q_HB, start_H, 60), atol=0.005)


def test_discount_zero_is_the_next_round_and_a_high_one_the_long_run():
    p_HA, q_HB, reward_HAB, start_H = draw(2, 2, 1, 2)
    reward_H = markov.round_reward(p_HA, markov.expected(q_HB, reward_HAB), -6.0)
    assert markov.value(p_HA, q_HB, reward_HAB, start_H, gamma=0, illegal=-6.0) == pytest.approx(start_H @ reward_H)
    near_one = 1e-7 * markov.value(p_HA, q_HB, reward_HAB, start_H, gamma=1 - 1e-7, illegal=-6.0)
    assert near_one == pytest.approx(markov.stationary(p_HA, q_HB, start_H) @ reward_H, abs=1e-5)
    share_H = markov.discounted(p_HA, q_HB, start_H, 0.7)
    value = markov.value(p_HA, q_HB, reward_HAB, start_H, gamma=0.7, illegal=-6.0)
    assert share_H @ reward_H == pytest.approx(0.3 * value)


def test_an_illegal_move_repeats_the_own_move_and_earns_its_price():
    silent_HA = np.zeros((4, 2))
    tft_HB = markov.mirror(TFT)
    after_dc = markov.transition(silent_HA, tft_HB)[2]
    assert after_dc.tolist() == [0, 0, 0, 1]  # D stands, and tit for tat answers it
    earned = markov.value(silent_HA, tft_HB, np.ones((4, 2, 2)), np.eye(4)[2], gamma=0.5, illegal=-6.0)
    assert earned == pytest.approx(-12)


def test_the_long_run_depends_on_the_start_where_play_splits():
    tft_HB = markov.mirror(TFT)
    assert np.allclose(markov.stationary(TFT, tft_HB, np.ones(4) / 4), np.ones(4) / 4)
    assert np.allclose(markov.stationary(TFT, tft_HB, np.eye(4)[1]), [0, 0.5, 0.5, 0])  # echo for ever
    assert np.allclose(markov.stationary(GRIM, markov.mirror(GRIM), np.eye(4)[1]), [0, 0, 0, 1])
    rounded = TFT * (1 - 2.3e-16)  # rounding must not open a way to peace
    assert np.allclose(markov.stationary(rounded, tft_HB, np.eye(4)[1]), [0, 0.5, 0.5, 0])
    noisy = 0.9 * TFT + 0.05
    assert np.allclose(markov.stationary(noisy, markov.mirror(noisy), np.eye(4)[1]), np.ones(4) / 4)


def test_stationary_is_the_limit_of_visited():
    p_HA, q_HB, _, start_H = draw(2, 2, 2, 8)
    assert np.allclose(markov.stationary(p_HA, q_HB, start_H), markov.visited(p_HA, q_HB, start_H, 20_000), atol=1e-3)


def test_mirror_is_the_other_players_view():
    stage = game("ipd").seen_by("row")
    for name, table in (("tft", TFT), ("wsls", np.array([[1, 0], [0, 1], [0, 1], [1, 0.0]]))):
        assert np.array_equal(markov.mirror(table), opponent(name).table(stage, 1))
    rng = np.random.default_rng(0)
    p_HA = rng.dirichlet(np.ones(2), 36)  # two actions against three, two rounds
    seen = markov.mirror(p_HA, 3)
    assert np.array_equal(seen[1 * 2 + 0 + 6 * (2 * 2 + 1)], p_HA[0 * 3 + 1 + 6 * (1 * 3 + 2)])
    square = rng.dirichlet(np.ones(2), 16)
    assert np.array_equal(markov.mirror(markov.mirror(square)), square)


def test_only_histories_that_can_recur_are_reachable():
    stage = game("ipd").seen_by("row")

    def reached(name, history=1):
        return markov.reachable(opponent(name).table(stage, history), 2)

    assert reached("allc").tolist() == [True, False, True, False]
    assert reached("alld").tolist() == [False, True, False, True]
    assert reached("tft").all()
    assert reached("tft", 2).sum() == 8  # the second answer repeats the first move
    assert reached("random").all()
