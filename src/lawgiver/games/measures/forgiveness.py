"""Whether, and how soon, play returns to mutual cooperation after one defection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from lawgiver.games import markov
from lawgiver.games.markov import Bools, Floats


@dataclass(frozen=True, slots=True)
class Forgiveness:
    """The way back from one defection."""

    eventually: float
    """The chance that mutual cooperation ever returns, in [0, 1]."""
    within: float
    """The chance that it returns within the given number of rounds."""
    rounds: float
    """Expected rounds until it returns, at least 1; infinite if it may never."""


def forgiveness(
    p_HA: Floats,
    q_HB: Floats,
    *,
    within: int = 5,
    defector: Literal["other", "own"] = "other",
    cooperate: tuple[int, int] = (0, 0),
    defect: int = 1,
) -> Forgiveness:
    """Follow play after mutual cooperation was broken by a single defection.

    Args:
        p_HA: the policy. Illegal moves count as a repetition of its last one.
        q_HB: the partner, in the learner's view: a tabulated opponent, or `markov.mirror(p_HA)` for self-play.
        within: how many rounds `Forgiveness.within` allows.
        defector: who defected, `other` or `own`.
        cooperate: the actions (own, other) that count as cooperation.
        defect: the action (or situation) of the defector.
    """
    histories, (actions, situations) = len(p_HA), (p_HA.shape[1], q_HB.shape[1])
    base = actions * situations
    peace = cooperate[0] * situations + cooperate[1]
    broken = defect * situations + cooperate[1] if defector == "own" else cooperate[0] * situations + defect
    # cooperation throughout, but for the newest round
    oldest = sum(peace * base**k for k in range(1, _length(histories, base)))
    start = oldest + broken
    moved_HH = markov.transition(p_HA, q_HB)
    back_H = np.arange(histories) % base == peace
    pending_T = np.flatnonzero(~back_H)
    here = int(np.flatnonzero(pending_T == start)[0])
    inner_TT = moved_HH[np.ix_(pending_T, pending_T)]
    enter_T = moved_HH[np.ix_(pending_T, np.flatnonzero(back_H))].sum(axis=1)
    still_T = np.eye(pending_T.size)[here]
    for _ in range(within):
        still_T = still_T @ inner_TT
    # from where peace is out of reach the system is singular, so those histories are left out
    hopeful_T = _can_reach(inner_TT, enter_T > markov.NEVER)
    if not hopeful_T[here]:
        return Forgiveness(0.0, 0.0, float("inf"))
    kept = np.ix_(hopeful_T, hopeful_T)
    chance_T = np.zeros(pending_T.size)
    chance_T[hopeful_T] = np.linalg.solve(np.eye(hopeful_T.sum()) - inner_TT[kept], enter_T[hopeful_T])
    eventually = float(np.clip(chance_T[here], 0.0, 1.0))
    rounds = float("inf")
    if eventually > 1 - 1e-9:
        visits_T = np.linalg.solve(np.eye(hopeful_T.sum()) - inner_TT[kept].T, np.eye(pending_T.size)[here][hopeful_T])
        rounds = float(visits_T.sum())
    return Forgiveness(eventually, 1 - float(still_T.sum()), rounds)


def _length(histories: int, base: int) -> int:
    return round(math.log(histories, base))


def _can_reach(inner_TT: Floats, enters_T: Bools) -> Bools:
    """Which histories lead to one that enters, following moves backwards from an extra node behind them all."""
    size = len(inner_TT)
    backwards = np.zeros((size + 1, size + 1))
    backwards[:size, :size] = inner_TT.T > markov.NEVER
    backwards[size, :size] = enters_T
    reached = breadth_first_order(csr_array(backwards), size, return_predecessors=False)
    mask = np.zeros(size + 1, dtype=bool)
    mask[reached] = True
    return mask[:size]
