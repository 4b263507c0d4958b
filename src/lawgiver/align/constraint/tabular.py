"""Policies as tables: the operators of stepwise alignment where everything can be computed exactly.

X prompts, Y answers a prompt. A policy is its log-probabilities `log_XY`, each row normalised. What holds of these
tables is what training aims at, so the tests of theory, and anyone who wants to see what a stage does, start here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from lawgiver.outcome import ConfigurationError

Array = npt.NDArray[np.float64]


def normalise(log_XY: Array) -> Array:
    """Make every row a distribution; rows are log-weights, finite or −inf."""
    normal_XY: Array = log_XY - logsumexp(log_XY, axis=1, keepdims=True)
    return normal_XY


def tilt(log_XY: Array, score_XY: Array, temperature: float) -> Array:
    """`T_f π = π e^{f/β} / Z`: the policy that maximises E[f] − β KL(· ‖ π).

    Two tilts of one β are one tilt by the sum, in either order; that is why alignment can go step by step
    (SACPO, arXiv 2404.11049, theorem 1 and remark 2).

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    if not temperature > 0:
        raise ConfigurationError(f"temperature={temperature!r}: a tilt needs a positive one")
    return normalise(log_XY + score_XY / temperature)


def log_merge(first_XY: Array, second_XY: Array, q: float) -> Array:
    """Mix two policies' log-probabilities, (1 − q) of the first and q of the second.

    Of π_r and π_{r+λ̄g} it is exactly the policy of λ = q λ̄; of two policies that each saw one objective it is not
    the policy of any λ at this β, since the reward's share shrinks to 1 − q.
    """
    return normalise((1 - q) * first_XY + q * second_XY)


def expectation(log_XY: Array, score_XY: Array, weights_X: Array | None = None) -> float:
    """E over prompts (uniform, or as weighted) and answers of a score."""
    return float(np.average((np.exp(log_XY) * score_XY).sum(axis=1), weights=weights_X))


def divergence(log_XY: Array, reference_XY: Array, weights_X: Array | None = None) -> float:
    """Reverse KL of the policy from the reference in nats, mean over prompts."""
    probability_XY = np.exp(log_XY)
    # 0 · log 0 is 0: an answer that is never given costs nothing
    ratio_XY = np.where(probability_XY > 0, log_XY - reference_XY, 0.0)
    return float(np.average((probability_XY * ratio_XY).sum(axis=1), weights=weights_X))
