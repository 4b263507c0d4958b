"""Matches in expectation between players of which one looks back further than one round.

The chain runs on the last k joint moves, 4**k histories; a step is spread over the four joint moves and summed over the
oldest, so no matrix is ever made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.tournament.memoryone import OTHER_VIEW, Floats, joint


def lengthened(p_H: Floats, memory: int) -> Floats:
    """The table of a player that looks back fewer rounds, as one over 4**memory histories (oldest round first)."""
    return np.tile(p_H, 4**memory // len(p_H))


def from_other_side(memory: int) -> NDArray[np.intp]:
    """For each history of the row player, `(4**memory,)`, the index of what the column player has seen."""
    seen = np.zeros(1, dtype=np.intp)
    for _ in range(memory):
        seen = (4 * seen[:, None] + np.array(OTHER_VIEW)).ravel()
    return seen


def expected_counts_longer(
    first_2N: Floats,
    p_2NH: Floats,
    rounds: int,
) -> Floats:
    """How often each joint move is expected in a match, for N pairs.

    Rounds before the first count as mutual cooperation.

    Args:
        first_2N: P(C) in the first round, of the row and of the column player.
        p_2NH: P(C) after each history of k rounds, H = 4**k, each player with its own move first.
        rounds: rounds in a match, at least 1.

    Returns:
        `(N, 4)` expected numbers of CC, CD, DC, DD (row's move first).
    """
    _, pairs, histories = p_2NH.shape
    memory = (histories.bit_length() - 1) // 2
    move_NH4 = joint(p_2NH[0], p_2NH[1][:, from_other_side(memory)])
    counts_N4 = joint(first_2N[0], first_2N[1])
    now_NH = np.zeros((pairs, histories))
    now_NH[:, :4] = counts_N4
    for _ in range(rounds - 1):
        moved_NH4 = now_NH[:, :, None] * move_NH4
        counts_N4 = counts_N4 + moved_NH4.sum(axis=1)
        now_NH = moved_NH4.reshape(pairs, 4, histories).sum(axis=1)  # the oldest round is forgotten
    return counts_N4
