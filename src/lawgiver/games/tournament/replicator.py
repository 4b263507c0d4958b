"""Replicator dynamics: shares of strategies in a large population that grow by how much better than average they do.

Taylor & Jonker 1978 (Math. Biosci. 40): `x_i' = x_i·((A x)_i - x·A x)`. With mutation at rate μ, uniform over types,
`+ μ·(1/T - x_i)`; this form, unlike the one that multiplies payoffs, does not change when all payoffs are raised alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.special import softmax

from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]

_SEED_SHARE = 1e-12  # where mutation lets a type of share 0 begin; its logarithm must be finite


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Shares of T types at K points in time."""

    times_K: Floats
    """In units in which a payoff advantage of 1 multiplies a share's odds by e."""
    shares_KT: Floats
    """At least 0; each row adds up to 1."""


def velocity(payoffs_TT: Floats, shares_T: Floats, mutation: float = 0.0) -> Floats:
    """How fast each share changes, `(T,)`; adds up to 0. A rest point is where it is 0."""
    payoff_T = payoffs_TT @ shares_T
    change_T: Floats = shares_T * (payoff_T - shares_T @ payoff_T) + mutation * (1 / len(shares_T) - shares_T)
    return change_T


def replicator(
    payoffs_TT: ArrayLike,
    start_T: ArrayLike,
    times_K: ArrayLike,
    *,
    mutation: float = 0.0,
) -> Trajectory:
    """Follow the shares from `start_T` at time 0 through `times_K`.

    What is integrated is the logarithm of the shares, up to a common constant, `y_i' = (A x)_i + μ/(T·x_i)` with
    `x = softmax(y)`: so no step, however large its error, leaves the simplex, and a type that was never there never
    appears unless there is mutation.

    Args:
        payoffs_TT: `[i, j]` is the payoff of type i against type j.
        start_T: shares at time 0; at least 0, adding up to 1.
        times_K: rising, none negative.
        mutation: μ, at least 0, per unit of time.

    Raises:
        ConfigurationError: for arguments out of range.
    """
    payoffs = np.asarray(payoffs_TT, dtype=np.float64)
    start = np.asarray(start_T, dtype=np.float64)
    times = np.asarray(times_K, dtype=np.float64)
    if start.ndim != 1 or payoffs.shape != (len(start), len(start)) or not np.isfinite(payoffs).all():
        raise ConfigurationError(
            f"payoffs of shape {payoffs.shape} and shares of shape {start.shape}: give finite (T, T) and (T,)"
        )
    if not (np.all(start >= 0) and np.isclose(start.sum(), 1)):
        raise ConfigurationError("shares: each is at least 0 and together they add up to 1")
    rising = times.ndim == 1 and len(times) and np.isfinite(times).all() and np.all(np.diff(times) > 0)
    if not rising or times[0] < 0:
        raise ConfigurationError("times: give rising, finite numbers, none negative")
    if not (np.isfinite(mutation) and mutation >= 0):
        raise ConfigurationError(f"mutation: {mutation}: give a rate of at least 0")
    alive_L = np.arange(len(start)) if mutation else np.flatnonzero(start)
    shares_KT = np.zeros((len(times), len(start)))
    if times[-1] == 0:  # there is no way to go
        return Trajectory(times, start[None])
    shares_KT[:, alive_L] = _solve(payoffs[np.ix_(alive_L, alive_L)], start[alive_L], times, mutation)
    return Trajectory(times, shares_KT)


def _solve(payoffs_LL: Floats, start_L: Floats, times_K: Floats, mutation: float) -> Floats:
    rate = mutation / len(start_L)

    def slope(_: float, y_L: Floats) -> Floats:
        x_L = softmax(y_L)
        payoff_L: Floats = payoffs_LL @ x_L
        # the mean is taken off so that y stays where differences between types can be told
        grown_L: Floats = payoff_L - x_L @ payoff_L
        if mutation:
            grown_L = grown_L + rate / np.maximum(x_L, _SEED_SHARE) - mutation
        return grown_L

    y_L = np.log(np.maximum(start_L, _SEED_SHARE) if mutation else start_L)
    solved = solve_ivp(slope, (0.0, times_K[-1]), y_L, method="LSODA", t_eval=times_K, rtol=1e-8, atol=1e-8)
    if not solved.success:
        raise ConfigurationError(f"replicator: {solved.message} Give a shorter time, or smaller payoffs")
    return np.asarray(softmax(solved.y.T, axis=1), dtype=np.float64)
