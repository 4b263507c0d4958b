"""Bounds of a tail mean, CVaR (Thomas and Learned-Miller 2019, ICML, theorems 3 and 4; Brown 2007).

CVaR of tail α is the mean of the worst share α of costs. A band around the empirical distribution holds the true
one (Dvoretzky, Kiefer and Wolfowitz with Massart's constant), and CVaR is largest and smallest at its edges.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import Floats, OneSided, check_bounded


def cvar(values_BN: ArrayLike, tail: float, weights_BN: ArrayLike | None = None) -> Floats:
    """The mean of the worst share `tail` of N values, `(...)`.

    Args:
        values_BN: `(..., N)`; higher is worse.
        tail: in (0, 1]; 1 is the plain mean.
        weights_BN: how much each value counts, ≥ 0 and not all 0; all alike if left out.

    Raises:
        ConfigurationError: for a tail out of range or no values.
    """
    values = np.asarray(values_BN, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ConfigurationError("no values: a tail of nothing has no mean; score at least one")
    order = np.argsort(values, axis=-1)[..., ::-1]
    worst = np.take_along_axis(values, order, axis=-1)
    weights = np.ones_like(values) if weights_BN is None else np.asarray(weights_BN, dtype=np.float64)
    weights = np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=-1)
    filled = _check_tail(tail) * weights.sum(axis=-1, keepdims=True)
    taken = np.clip(filled - (weights.cumsum(axis=-1) - weights), 0, weights)  # the last one counts in part
    return np.asarray((worst * taken).sum(axis=-1) / filled[..., 0])


def cvar_bounds(values_BN: ArrayLike, tail: float, confidence: float = 0.95, *, most: float = 1.0) -> OneSided:
    """Bound the CVaR of the distribution that N independent values came from.

    Args:
        values_BN: `(..., N)` in [0, most]; one sample along the last axis.
        tail: α in (0, 1].
        confidence: of each bound by itself; at least 0.5, below which Massart's constant is not proven.
        most: the largest value possible, known beforehand.

    Returns:
        Bounds `(...)` within [0, most].

    Raises:
        ConfigurationError: for values outside the range, none at all, or arguments out of range.
    """
    values = np.sort(check_bounded(values_BN, 0.0, most), axis=-1)
    if check_confidence(confidence) < 0.5:
        raise ConfigurationError(f"confidence={confidence}: a bound of a tail needs at least 0.5")
    n = values.shape[-1]
    band = math.sqrt(-math.log(1 - confidence) / (2 * n))
    steps = np.arange(n + 1) / n
    edges = np.concatenate([np.zeros((*values.shape[:-1], 1)), values, np.full((*values.shape[:-1], 1), most)], axis=-1)
    gaps = np.diff(edges, axis=-1)
    body = 1 - _check_tail(tail)
    # CVaR is `most` less the area between the distribution and its body, above the body
    high = most - (gaps * np.maximum(steps - band - body, 0)).sum(axis=-1) / tail
    low = most - (gaps * np.maximum(np.minimum(steps + band, 1) - body, 0)).sum(axis=-1) / tail
    return OneSided(np.maximum(low, 0.0), np.minimum(high, most))


def _check_tail(tail: float) -> float:
    if not 0 < tail <= 1:
        raise ConfigurationError(f"tail={tail!r}: give a share above 0, at most 1, such as 0.1")
    return float(tail)
