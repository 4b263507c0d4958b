"""What is met and done in play: how often each history, each outcome, and a legal move at all."""

from __future__ import annotations

import numpy as np

from lawgiver.games import markov
from lawgiver.games.markov import Floats


def legality(p_HA: Floats, share_H: Floats) -> float:
    """The share of decisions that are legal moves."""
    return float(np.dot(share_H, p_HA.sum(axis=1)))


def joint_moves(p_HA: Floats, q_HB: Floats, share_H: Floats) -> Floats:
    """How often each outcome (a, b) occurs among the legal moves: `(A, B)`, sums to 1; NaN if none is legal."""
    joint_AB = np.einsum("h,ha,hb->ab", share_H, p_HA, q_HB)
    total = joint_AB.sum()
    return joint_AB / total if total > 0 else np.full_like(joint_AB, np.nan)


def long_run(p_HA: Floats, q_HB: Floats, start_H: Floats, rounds: int | None = None) -> Floats:
    """The share of decisions made in each history: of an episode of `rounds`, or in the long run."""
    return markov.stationary(p_HA, q_HB, start_H) if rounds is None else markov.visited(p_HA, q_HB, start_H, rounds)
