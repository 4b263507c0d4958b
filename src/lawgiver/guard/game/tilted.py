"""The generator's best response in closed form: candidates weighted by how much the classifier loses on them.

The generator of a two-player game (DuoGuard, arXiv 2502.05163) maximises `E_p[ℓ] − β KL(p ‖ p_ref)` over
distributions p of candidates. Its maximum is `β log E_ref[exp(ℓ/β)]` (Donsker and Varadhan 1975), convex in ℓ, at
`p ∝ p_ref exp(ℓ/β)`. So what is left of the game is the minimum of one function, known as the tilted loss (Li et al.
2021, arXiv 2007.01162), and it has one for every β > 0, however small.

J candidates of S seeds lie in flat arrays; `group_J` says whose each is, 0 to S − 1. Seeds may have different numbers
of candidates, in any order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def tilted_weights(loss_J: ArrayLike, log_reference_J: ArrayLike, beta: float, group_J: ArrayLike) -> Floats:
    """`w_j ∝ p_ref,j exp(ℓ_j / β)`, which add up to 1 in every seed.

    They are also the gradient of `tilted_loss`: its seed's, with respect to ℓ_j. So cross-entropy with these weights,
    held fixed, has the gradient of the tilted loss.

    Args:
        loss_J: nats; finite.
        log_reference_J: log of the reference's probabilities, of any scale within a seed; −inf for never.
        beta: temperature in nats, above 0; inf gives the reference, near 0 the worst candidate has it all.
        group_J: the seed of each.

    Raises:
        ConfigurationError: for a beta that is not positive, lengths that differ, a seed without candidates or without
            any that the reference can make, or a number that is not one.
    """
    given = _checked(loss_J, log_reference_J, beta, group_J)
    exponent_J = given.log_J + _over(given.below_J, beta)
    weight_J: Floats = np.exp(exponent_J - _log_sums(exponent_J, given.group_J)[given.group_J])
    return weight_J


def tilted_loss(loss_J: ArrayLike, log_reference_J: ArrayLike, beta: float, group_J: ArrayLike) -> Floats:
    """`β log Σ_j p_ref,j exp(ℓ_j / β)` of each seed, (S,) in nats.

    Between the reference's mean (β → ∞) and the maximum (β → 0), and falling in β. Arguments and errors are those of
    `tilted_weights`; the reference is made to add up to 1.
    """
    given = _checked(loss_J, log_reference_J, beta, group_J)
    p_J, seeds = np.exp(given.log_J), len(given.highest_S)
    if np.isinf(beta):
        return np.asarray(given.highest_S + np.bincount(given.group_J, p_J * given.below_J, seeds))
    scaled_J = _over(given.below_J, beta)
    less_S = np.bincount(given.group_J, p_J * np.expm1(scaled_J), seeds)
    # next to 1, as at a large β, the logarithm of a sum loses its digits; next to 0, as with a rare worst, log1p does
    near_S = less_S > -0.5
    log_S = np.where(near_S, np.log1p(np.where(near_S, less_S, 0)), _log_sums(given.log_J + scaled_J, given.group_J))
    return np.asarray(given.highest_S + beta * log_S)


class _Given(NamedTuple):
    log_J: Floats
    """The reference, adding up to 1 in every seed."""
    below_J: Floats
    """Loss less the seed's highest, at most 0; 0 for what the reference never makes, which may be worse than that."""
    highest_S: Floats
    """Highest loss of what the reference can make."""
    group_J: Ints


def _checked(loss_J: ArrayLike, log_reference_J: ArrayLike, beta: float, group_J: ArrayLike) -> _Given:
    loss_J, log_J = np.asarray(loss_J, dtype=np.float64), np.asarray(log_reference_J, dtype=np.float64)
    group_J = np.asarray(group_J, dtype=np.int64)
    if not beta > 0:
        raise ConfigurationError(f"beta={beta!r}: a temperature is above 0")
    if not (loss_J.ndim == 1 and loss_J.shape == log_J.shape == group_J.shape):
        raise ConfigurationError(
            f"losses {loss_J.shape}, reference {log_J.shape}, seeds {group_J.shape}: one number of each for a candidate"
        )
    if not np.isfinite(loss_J).all():
        raise ConfigurationError("loss_J: not all are finite; leave out candidates that were not scored")
    if np.isnan(log_J).any() or np.isposinf(log_J).any():
        raise ConfigurationError("log_reference_J: logarithms of probabilities are finite, or −inf")
    if len(group_J) and group_J.min() < 0:
        raise ConfigurationError("group_J: seeds are counted from 0")
    possible_J = ~np.isneginf(log_J)
    highest_S = np.full(group_J.max(initial=-1) + 1, -np.inf)
    np.maximum.at(highest_S, group_J[possible_J], loss_J[possible_J])
    if np.isneginf(highest_S).any():
        seed = int(np.flatnonzero(np.isneginf(highest_S))[0])
        raise ConfigurationError(f"group_J: seed {seed} has no candidate that the reference can make; leave it out")
    below_J = np.where(possible_J, loss_J - highest_S[group_J], 0.0)
    return _Given(log_J - _log_sums(log_J, group_J)[group_J], below_J, highest_S, group_J)


def _over(below_J: Floats, beta: float) -> Floats:
    with np.errstate(over="ignore"):  # −inf is what is meant
        return np.asarray(below_J / beta)


def _log_sums(log_J: Floats, group_J: Ints) -> Floats:
    """`log Σ exp` within each seed, (S,)."""
    highest_S = np.full(group_J.max(initial=-1) + 1, -np.inf)
    np.maximum.at(highest_S, group_J, log_J)
    total_S = np.bincount(group_J, np.exp(log_J - highest_S[group_J]), len(highest_S))
    return np.asarray(highest_S + np.log(total_S))
