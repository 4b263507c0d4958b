"""How far a policy is from the exact optimum, where that is unique."""

from __future__ import annotations

import numpy as np

from lawgiver.games.learn.objective import Indices
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import Oracle


def legalised(p_NA: Floats) -> Floats:
    """Probabilities among legal answers; uniform where there is no legal answer at all."""
    legal_N1 = p_NA.sum(axis=1, keepdims=True)
    share_NA: Floats = np.where(legal_N1 > 0, p_NA / np.maximum(legal_N1, 1e-300), 1 / p_NA.shape[1])
    return share_NA


def gap(p_NA: Floats, history_N: Indices, oracle: Oracle) -> float:
    """The largest `1 − P(optimal action | legal)` over prompts whose history has one optimum and can occur.

    0 where no history has (everything is optimal), or where keeping a limit takes a mixture.
    """
    counts_H = oracle.unique_H & oracle.problem.reachable_H & ~oracle.mixed_H
    counts_N = counts_H[history_N]
    if not counts_N.any():
        return 0.0
    right_N = (legalised(p_NA) * oracle.best_HA[history_N]).sum(axis=1)
    return float((1 - right_N[counts_N]).max())


def legal(p_NA: Floats) -> float:
    """The least probability of a legal answer over the prompts."""
    return float(p_NA.sum(axis=1).min())
