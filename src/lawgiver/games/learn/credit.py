"""Credit for sampled moves: from returns to advantages, one function per estimator.

Every function takes the returns of G episodes that begin at the same prompt, `(T, N, G)`, and gives advantages of the
same shape. With `values_TNG` a critic's estimate is handed in; those that do not use it ignore it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lawgiver.games.markov import Floats

Credit = Callable[[Floats, Floats], Floats]
EPSILON = 1e-6


def rloo(returns_TNG: Floats, values_TNG: Floats) -> Floats:
    """Each return less the mean of the others of its group (Ahmadian et al. 2024, arXiv 2402.14740); unbiased."""
    group = returns_TNG.shape[-1]
    if group < 2:
        raise ValueError("leave-one-out needs two samples a prompt")
    others_TNG = (returns_TNG.sum(axis=-1, keepdims=True) - returns_TNG) / (group - 1)
    credit_TNG: Floats = returns_TNG - others_TNG
    return credit_TNG


def grpo(returns_TNG: Floats, values_TNG: Floats) -> Floats:
    """Standardised within the group (Shao et al. 2024, arXiv 2402.03300).

    With two possible returns in a group the result depends only on how often each came, not on how far apart they
    are: a norm worth ξ = 1.1 and one worth ξ = 100 teach the same.
    """
    centred_TNG = returns_TNG - returns_TNG.mean(axis=-1, keepdims=True)
    credit_TNG: Floats = centred_TNG / (returns_TNG.std(axis=-1, keepdims=True) + EPSILON)
    return credit_TNG


def reinforce_plus_plus(returns_TNG: Floats, values_TNG: Floats) -> Floats:
    """Standardised over the whole batch (Hu 2025, arXiv 2501.03262): magnitudes survive, relative to each other."""
    centred_TNG = returns_TNG - returns_TNG.mean(axis=(1, 2), keepdims=True)
    credit_TNG: Floats = centred_TNG / (centred_TNG.std() + EPSILON)
    return credit_TNG


def ppo(returns_TNG: Floats, values_TNG: Floats) -> Floats:
    """Return less the critic's value, standardised over the batch (Schulman et al. 2017, arXiv 1707.06347, λ = 1)."""
    centred_TNG = returns_TNG - values_TNG
    spread = centred_TNG.std()
    credit_TNG: Floats = (centred_TNG - centred_TNG.mean()) / (spread + EPSILON)
    return credit_TNG


CREDITS: dict[str, Credit] = {
    "rloo": rloo,
    "reinforce++": reinforce_plus_plus,
    "grpo": grpo,
    "ppo": ppo,
}
"""Sampled estimator → how it gives credit."""


def clipped(credit_TNG: Floats, ratio_TNG: Floats, clip: float) -> Floats:
    """Weights on `log p` of the clipped surrogate `min(r·A, clip(r, 1−ε, 1+ε)·A)`: `r·A`, and 0 where clipped."""
    dead_TNG = ((credit_TNG > 0) & (ratio_TNG > 1 + clip)) | ((credit_TNG < 0) & (ratio_TNG < 1 - clip))
    weight_TNG: Floats = np.where(dead_TNG, 0.0, credit_TNG * ratio_TNG)
    return weight_TNG
