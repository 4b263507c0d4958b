"""What play brings to all players: together, to the worst off, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawgiver.games.markov import Floats
from lawgiver.games.stage import Stage


@dataclass(frozen=True, slots=True)
class Welfare:
    """Payoffs of one round on average, over all N players."""

    payoffs_N: tuple[float, ...]
    """Mean payoff of each player, the learner first."""
    collective: float
    """Their sum."""
    minimum: float
    """Mean over rounds of the payoff of whoever is worst off in that round."""
    gini: float
    """Mean over rounds of the Gini coefficient of that round, 0 if all get the same; NaN with negative payoffs."""
    gini_of_means: float
    """Gini coefficient of the mean payoffs: taking turns evens out here, and not in `gini`."""


def gini(payoffs_N: Floats) -> Floats:
    """The Gini coefficient over the last axis, `Σ_ij |x_i − x_j| / (2 N² mean)`, in [0, 1 − 1/N].

    Nobody having anything is perfect equality, 0. Negative payoffs give NaN: shares of a debt are not defined.
    """
    total = np.asarray(payoffs_N.sum(axis=-1), dtype=np.float64)
    spread = np.abs(payoffs_N[..., :, None] - payoffs_N[..., None, :]).sum(axis=(-2, -1))
    players = payoffs_N.shape[-1]
    ratio = np.divide(spread, 2 * players * total, out=np.zeros_like(total), where=total > 0)
    return np.where((payoffs_N < 0).any(axis=-1), np.nan, ratio)


def welfare(stage: Stage, joint_AB: Floats) -> Welfare:
    """Payoffs of the game (not of a framework) when outcomes occur this often, see `play.joint_moves`."""
    payoffs_ABN = np.concatenate([stage.own_AB[..., None], stage.others_ABN], axis=-1)
    mean_N = np.einsum("ab,abn->n", joint_AB, payoffs_ABN)
    # an outcome that never occurs must not spread its NaN
    gini_AB = np.where(joint_AB == 0, 0.0, gini(payoffs_ABN))
    return Welfare(
        payoffs_N=tuple(float(x) for x in mean_N),
        collective=float(mean_N.sum()),
        minimum=float((joint_AB * payoffs_ABN.min(axis=-1)).sum()),
        gini=float((joint_AB * gini_AB).sum()),
        gini_of_means=float(gini(mean_N)),
    )
