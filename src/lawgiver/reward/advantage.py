"""Advantages of a group of completions under values and costs.

Shapes: P prompts, G completions a prompt, K values, C costs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def neutralise(scores_PG: Array) -> Array:
    """Give each unscored completion (NaN) its group's mean, so that it moves nothing.

    Summed rewards read a missing score as 0, which is a score. The group's mean is the one number whose
    advantage is 0. Groups in which nothing was scored stay NaN.
    """
    scored_PG = ~np.isnan(scores_PG)
    count_P1 = scored_PG.sum(axis=1, keepdims=True)
    total_P1 = np.where(scored_PG, scores_PG, 0.0).sum(axis=1, keepdims=True)
    mean_P1 = np.divide(total_P1, count_P1, out=np.full_like(total_P1, np.nan), where=count_P1 > 0)
    neutral_PG: Array = np.where(scored_PG, scores_PG, mean_P1)
    return neutral_PG


def signed_weights(weights_K: Array, lambda_C: Array) -> Array:
    """The weight of each value and each cost in the Lagrangian, values first; shape (K + C,).

    `(A_r − Σ λ_i A_ci) / (1 + Σ λ_i)` is a weighted sum: w_k/(1+Σλ) on the values, −λ_i/(1+Σλ) on the costs.
    The division keeps the step size from growing with λ (Safe-RLHF, arXiv 2310.12773, eq. 31).
    """
    scale = 1.0 + lambda_C.sum()
    signed: Array = np.concatenate([weights_K, -lambda_C]) / scale
    return signed


def lagrangian_advantages(rewards_PGK: Array, costs_PGC: Array, weights_K: Array, lambda_C: Array) -> Array:
    """`A = (A_r − Σ λ_i A_ci) / (1 + Σ λ_i)`, each advantage being the deviation from its group's mean.

    Returns:
        Shape (P, G); zero where nothing was scored.
    """
    scores_PGM = np.concatenate([rewards_PGK, costs_PGC], axis=2)
    neutral_PGM = np.stack([neutralise(scores_PGM[:, :, m]) for m in range(scores_PGM.shape[2])], axis=2)
    deviation_PGM = np.nan_to_num(neutral_PGM - neutral_PGM.mean(axis=1, keepdims=True))
    advantages_PG: Array = deviation_PGM @ signed_weights(weights_K, lambda_C)
    return advantages_PG
