"""Does a policy look at the payoffs, or only at the names of the moves?

Exchange what the moves pay (rows and columns at once) and the game is the same under other names. A policy that
follows payoffs exchanges its moves; one that follows names does not change at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lawgiver.games.markov import Floats, Indices


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How a policy answers to exchanged payoffs. Both are mean total variation distances, in [0, 1]."""

    change: float
    """Between its answers to the two games in the same words: 0 if payoffs do not matter to it."""
    inconsistency: float
    """Between its answer to the first game and its answer to the second with the words exchanged back: 0 if it
    treats the same game alike under other names."""


def payoff_sensitivity(
    p_HA: Floats, flipped_HA: Floats, weight_H: Floats, permutation: Sequence[int] | None = None
) -> Sensitivity:
    """Compare a policy's answers to a two-player game and to the same game with its payoffs exchanged.

    Args:
        p_HA: answers to the game.
        flipped_HA: answers to `game.permuted(permutation, permutation)`.
        weight_H: weight of each history; sums to 1.
        permutation: action i of the flipped game pays what action `permutation[i]` pays in the game; reversed order
            when left out. Both players' actions are exchanged alike.
    """
    actions = p_HA.shape[1]
    order_A = np.array(range(actions)[::-1] if permutation is None else permutation, dtype=np.intp)
    renamed_HA = relabelled(flipped_HA, order_A)
    return Sensitivity(
        change=float(weight_H @ _distance(p_HA, flipped_HA)),
        inconsistency=float(weight_H @ _distance(p_HA, renamed_HA)),
    )


def relabelled(flipped_HA: Floats, order_A: Indices) -> Floats:
    """A policy of the flipped game in the words of the game: action i there is action `order_A[i]` here."""
    histories, actions = flipped_HA.shape
    rounds = round(np.log(histories) / np.log(actions * actions))
    back_A = np.argsort(order_A)
    digits = flipped_HA.reshape(*(actions,) * (2 * rounds), actions)
    return digits[np.ix_(*[back_A] * (2 * rounds + 1))].reshape(histories, actions)


def _distance(p_HA: Floats, other_HA: Floats) -> Floats:
    """Total variation of each row, illegal moves counted as a move of their own."""
    illegal_H = np.abs(p_HA.sum(axis=1) - other_HA.sum(axis=1))
    return np.asarray((np.abs(p_HA - other_HA).sum(axis=1) + illegal_H) / 2)
