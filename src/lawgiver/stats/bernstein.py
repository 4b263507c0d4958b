"""Empirical Bernstein bounds of a bounded mean (Maurer and Pontil 2009, COLT, theorem 4)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import OneSided, check_bounded


def bernstein_bounds(
    values_BN: ArrayLike, confidence: float = 0.95, *, least: float = 0.0, most: float = 1.0
) -> OneSided:
    """Bound the mean of N independent values of one distribution, whatever it is.

    With V the sample variance and L = ln(2 / (1 − confidence)), on values scaled to [0, 1], each bound lies
    √(2 V L / N) + 7 L / (3 (N − 1)) from the sample mean.

    Args:
        values_BN: `(..., N)`; one sample along the last axis.
        confidence: of each bound by itself.
        least: the smallest value possible, known beforehand.
        most: the largest.

    Returns:
        Bounds `(...)` within [least, most]; the whole range where N is 1.

    Raises:
        ConfigurationError: for values outside the range, none at all, or arguments out of range.
    """
    values = check_bounded(values_BN, least, most)
    doubt = math.log(2 / (1 - check_confidence(confidence)))
    n, span = values.shape[-1], most - least
    mean = values.mean(axis=-1)
    if n == 1:
        return OneSided(np.full_like(mean, least), np.full_like(mean, most))
    reach = np.sqrt(2 * values.var(axis=-1, ddof=1) * doubt / n) + span * 7 * doubt / (3 * (n - 1))
    return OneSided(np.maximum(mean - reach, least), np.minimum(mean + reach, most))
