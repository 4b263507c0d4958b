"""One number for "first this, then that": exact for a finite problem.

A lexicographic order has no utility function in general, but among finitely many plans it has: multiply the more
important reward until its smallest difference outweighs everything the others can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from lawgiver.games.markov import Floats, expected, step_kernel
from lawgiver.outcome import ConfigurationError

MARGIN = 2.0
"""By how much the smallest difference of a level exceeds the range of all that come after it."""
MAX_PLANS = 1 << 14
TIE = 1e-9
"""Differences up to this share of the largest value are rounding."""


def scalarise(levels: Sequence[Floats], q_HB: Floats, gamma: float) -> tuple[Floats, tuple[float, ...]]:
    """Weigh lexicographic levels so that their sum has the lexicographic optima, in every history.

    From the last level up: the factor of a level makes its smallest non-zero gap `MARGIN` times the range of the
    weighted sum of the levels after it. Gaps and ranges are those of single actions at γ = 0, of the values of all
    deterministic plans at γ > 0. A factor is never below 1, and the last level's is 1.

    Args:
        levels: rewards `_HAB`, most important first; at least one.
        q_HB: what the others do.
        gamma: discount.

    Returns:
        The weighted sum `_HAB`, and the factors.

    Raises:
        ConfigurationError: if γ > 0 and there are more than `MAX_PLANS` deterministic plans.
    """
    total_HAB = levels[-1]
    factors = [1.0]
    for level_HAB in reversed(levels[:-1]):
        gap = _smallest_gap(_plan_values(level_HAB, q_HB, gamma))
        spread = float(np.ptp(_plan_values(total_HAB, q_HB, gamma), axis=0).max())
        factor = max(1.0, MARGIN * spread / gap) if gap > 0 else 1.0
        total_HAB = factor * level_HAB + total_HAB
        factors.insert(0, factor)
    return total_HAB, tuple(factors)


def _smallest_gap(value_PH: Floats) -> float:
    gaps = np.diff(np.sort(value_PH, axis=0), axis=0)
    real = gaps[gaps > TIE * max(1.0, float(np.abs(value_PH).max()))]
    return float(real.min()) if real.size else 0.0


def _plan_values(reward_HAB: Floats, q_HB: Floats, gamma: float) -> Floats:
    """What each plan is worth in each history: plans are actions at γ = 0, else a choice of action per history."""
    reward_HA = expected(q_HB, reward_HAB)
    if gamma == 0:
        return reward_HA.T
    histories, actions = reward_HA.shape
    if actions**histories > MAX_PLANS:
        raise ConfigurationError(
            f"a lexicographic framework with gamma={gamma} weighs all {actions}^{histories} plans, at most "
            f"{MAX_PLANS}; set history: 1 or gamma: 0"
        )
    step_HAH = step_kernel(q_HB, actions)
    rows_H = np.arange(histories)
    plans = (np.array(plan) for plan in product(range(actions), repeat=histories))
    return np.array(
        [np.linalg.solve(np.eye(histories) - gamma * step_HAH[rows_H, plan], reward_HA[rows_H, plan]) for plan in plans]
    )
