"""Many episodes at once pay what a plain loop pays."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.games.catalogue import GAMES, Game, game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.vector import VectorGame
from lawgiver.outcome import ConfigurationError

WIDE = MatrixGame("wide", "Wide", np.random.default_rng(1).normal(size=(2, 3, 4)))
PLAYED = {**GAMES, "wide": WIDE}


def naive(played: Game, moves: list[int]) -> tuple[list[float], list[int]]:
    """Payoffs and states of one joint move, from the definitions."""
    if isinstance(played, MatrixGame):
        row, column = moves
        states = [row * len(played.column_actions) + column, column * len(played.row_actions) + row]
        return [float(played.payoffs_2AB[side, row, column]) for side in (0, 1)], states
    others = [sum(moves) - move for move in moves]
    paid = [float(played.payoffs_AB[move, other]) for move, other in zip(moves, others, strict=True)]
    return paid, [move * played.players + other for move, other in zip(moves, others, strict=True)]


@given(st.sampled_from(sorted(PLAYED)), st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_each_round_pays_what_a_loop_pays(name: str, episodes: int, rounds: int, seed: int) -> None:
    played = PLAYED[name]
    vector = VectorGame(played, episodes, rounds, seed)
    rng = np.random.default_rng(seed)
    last_EP = vector.reset()
    assert last_EP.dtype == np.int8
    assert last_EP.shape == (episodes, played.players)
    assert (last_EP >= 0).all()
    assert (last_EP < played.action_counts).all()
    for number in range(1, rounds + 1):
        actions_EP = rng.integers(played.action_counts, size=(episodes, played.players))
        payoffs_EP, done = vector.step(actions_EP)
        expected = [naive(played, moves) for moves in actions_EP.tolist()]
        np.testing.assert_array_equal(payoffs_EP, [paid for paid, _ in expected])
        np.testing.assert_array_equal(vector.states_EP, [states for _, states in expected])
        np.testing.assert_array_equal(vector.last_EP, actions_EP)
        assert done == (number == rounds)
    with pytest.raises(ConfigurationError, match="call reset"):
        vector.step(actions_EP)


def test_the_same_seed_gives_the_same_episodes_and_each_reset_fresh_ones() -> None:
    one, two = (VectorGame(game("ipd"), 64, 5, seed=7) for _ in range(2))
    first_EP = one.reset()
    np.testing.assert_array_equal(first_EP, two.reset())
    second_EP = one.reset()
    assert (second_EP != first_EP).any()
    np.testing.assert_array_equal(second_EP, two.reset())
    assert (VectorGame(game("ipd"), 64, 5, seed=8).reset() != first_EP).any()


def test_first_moves_are_uniform_over_each_players_actions() -> None:
    last_EP = VectorGame(WIDE, 24_000, 1, seed=3).reset()
    joint = np.bincount(last_EP[:, 0] * 4 + last_EP[:, 1], minlength=12)
    # 12 cells of 2000 ± 43; five standard deviations
    assert np.abs(joint - 2000).max() < 215


def test_what_went_in_and_came_out_is_the_callers() -> None:
    vector = VectorGame(game("ipd"), 2, 5, seed=0)
    vector.reset()
    actions_EP = np.array([[0, 1], [1, 1]], dtype=np.int8)
    payoffs_EP, _ = vector.step(actions_EP)
    actions_EP[:] = 0
    payoffs_EP[:] = 99
    np.testing.assert_array_equal(vector.last_EP, [[0, 1], [1, 1]])
    again_EP, _ = vector.step(np.array([[0, 1], [1, 1]]))
    np.testing.assert_array_equal(again_EP, [[0, 4], [1, 1]])
    with pytest.raises(ValueError, match="read-only"):
        vector.last_EP[:] = 0


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([[0, 2], [0, 0]], r"ipd: actions\[0, 1\] is 2; player 1 has actions 0 to 1"),
        ([[0, 0], [-1, 0]], r"ipd: actions\[1, 0\] is -1"),
        ([[0, 256], [0, 0]], r"ipd: actions\[0, 1\] is 256"),
        ([[0, 0]], r"actions of shape \(1, 2\)"),
        ([0, 0], r"actions of shape \(2,\)"),
        ([[0.0, 0.0], [0.0, 0.0]], "of float64; give whole numbers"),
        ([[True, False], [True, True]], "of bool; give whole numbers"),
    ],
)
def test_illegal_actions_are_refused_and_change_nothing(actions: Any, message: str) -> None:
    vector = VectorGame(game("ipd"), 2, 1, seed=0)
    before_EP = vector.reset().copy()
    with pytest.raises(ConfigurationError, match=message):
        vector.step(np.array(actions))
    np.testing.assert_array_equal(vector.last_EP, before_EP)
    vector.step(np.zeros((2, 2), dtype=int))


@pytest.mark.parametrize("change", [{"episodes": 0}, {"episodes": 2.0}, {"rounds": -1}, {"rounds": True}])
def test_sizes_that_are_none(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="give a whole number above 0"):
        VectorGame(game("ipd"), **({"episodes": 1, "rounds": 1, "seed": 0} | change))


def test_nothing_can_be_asked_before_the_first_episode() -> None:
    vector = VectorGame(game("ipd"), 1, 1, seed=0)
    with pytest.raises(ConfigurationError, match="call reset first"):
        _ = vector.states_EP


def test_more_actions_than_a_move_can_hold_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="128 actions; moves are kept in int8"):
        VectorGame(MatrixGame("huge", "Huge", np.zeros((2, 128, 2))), 1, 1, seed=0)
