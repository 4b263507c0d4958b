"""Preferences relabelled by reward and constraints at once: the data of one-shot constrained alignment.

With λ known, the constrained optimum is the unconstrained optimum of `r − Σ λ_i c_i`, so one DPO on pairs that are
labelled by it is enough (CAN, arXiv 2405.19544). Which answer is `first` carries no meaning before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from lawgiver.outcome import ConfigurationError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def preference_probability(reward_gap_N: npt.ArrayLike, cost_gap_NC: npt.ArrayLike, lambda_C: npt.ArrayLike) -> Array:
    """Probability that the first answer of each pair is preferred: σ(Δr − Σ λ_i Δc_i), all Δ first minus second.

    Args:
        reward_gap_N: difference of the rewards.
        cost_gap_NC: differences of the costs, higher is worse; `(N,)` is read as one constraint. NaN, where a cost
            abstained, is no difference.
        lambda_C: the multipliers, ≥ 0.

    Raises:
        ConfigurationError: if shapes differ, a reward is missing, or a multiplier is negative.
    """
    reward_gap, lambdas = np.asarray(reward_gap_N, dtype=np.float64), np.atleast_1d(np.asarray(lambda_C, dtype=float))
    cost_gap = np.asarray(cost_gap_NC, dtype=np.float64)
    cost_gap = cost_gap[:, None] if cost_gap.ndim == 1 else cost_gap
    if cost_gap.shape != (len(reward_gap), len(lambdas)):
        raise ConfigurationError(f"cost gaps have shape {cost_gap.shape}; give ({len(reward_gap)}, {len(lambdas)})")
    if not np.isfinite(reward_gap).all():
        raise ConfigurationError("a reward gap is infinite or missing; leave out the pairs that were not scored")
    if not (np.isfinite(lambdas) & (lambdas >= 0)).all():
        raise ConfigurationError(f"lambda={lambdas.tolist()}: multipliers are numbers of at least 0")
    probability_N: Array = expit(reward_gap - np.nan_to_num(cost_gap, nan=0.0) @ lambdas)
    return probability_N


def draw_preferences(probability_N: Array, seed: int) -> Mask:
    """Draw which pairs keep their order: the first answer is chosen where True, the second where False.

    Drawn labels are what the theory asks for; the probabilities themselves, given to the loss `can`, have the same
    expected gradient and less noise.
    """
    drawn_N: Mask = np.random.default_rng(seed).random(len(probability_N)) < probability_N
    return drawn_N
