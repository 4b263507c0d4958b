"""Betting bounds of a bounded mean (Waudby-Smith and Ramdas 2024, JRSS B 86, section 4).

Somebody who doubts that the mean is m bets on each value before seeing it. If the mean is m after all, the game
is fair, and by Ville's inequality the capital ever reaches 1/δ with probability at most δ. So every m at which it
does is ruled out. The bets follow the predictable plug-in of the mean's variance (equation 26 there), one-sided.

The bets, and so the bounds, depend on the order of the values. It must not be chosen by looking at them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import Floats, OneSided, check_bounded

STAKE = 0.75
"""The largest share of the capital that a bet may lose."""
TUNED_FOR = 0.95
_STEPS = 48  # halvings of [0, 1]: finer than any cost is measured


def betting_bounds(
    values_BN: ArrayLike,
    confidence: float = 0.95,
    *,
    least: float = 0.0,
    most: float = 1.0,
    tuned_for: float = TUNED_FOR,
) -> OneSided:
    """Bound the mean of N independent values of one distribution, whatever it is.

    Args:
        values_BN: `(..., N)` in an order fixed without looking at them; one sample along the last axis.
        confidence: of each bound by itself.
        least: the smallest value possible, known beforehand.
        most: the largest.
        tuned_for: the confidence the bets are sized for. The bounds hold whatever it is and are narrowest where it
            is `confidence`; kept fixed, they are monotone in `confidence`.

    Returns:
        Bounds `(...)` within [least, most].

    Raises:
        ConfigurationError: for values outside the range, none at all, or arguments out of range.
    """
    unit = (check_bounded(values_BN, least, most) - least) / (most - least)
    hurdle = -math.log(1 - check_confidence(confidence))
    size_BN = _bets(unit, tuned_for)
    high = _upper(unit, size_BN, hurdle)
    low = 1 - _upper(1 - unit, size_BN, hurdle)
    return OneSided(least + (most - least) * low, least + (most - least) * high)


def betting_p_value(
    values_BN: ArrayLike,
    threshold: float,
    *,
    least: float = 0.0,
    most: float = 1.0,
    tuned_for: float = TUNED_FOR,
) -> Floats:
    """The p-value of "the mean is above `threshold`": one over the most capital that betting against it earned.

    At most δ exactly where the upper bound of confidence 1 − δ, tuned for the same, is at most `threshold`.

    Args:
        values_BN: as in `betting_bounds`, and so are the rest.
        threshold: between `least` and `most`.
        least: the smallest value possible.
        most: the largest.
        tuned_for: the confidence the bets are sized for.

    Returns:
        `(...)` in (0, 1].

    Raises:
        ConfigurationError: as `betting_bounds`, or for a threshold outside the range.
    """
    unit = (check_bounded(values_BN, least, most) - least) / (most - least)
    if not least <= threshold <= most:
        raise ConfigurationError(f"threshold={threshold}: must lie between {least:g} and {most:g}")
    mean = np.full(unit.shape[:-1], (threshold - least) / (most - least))
    return np.asarray(np.exp(-np.maximum(_log_capital(unit, _bets(unit, tuned_for), mean), 0.0)))


def _bets(unit_BN: Floats, tuned_for: float) -> Floats:
    """The size of each bet, from the values before it alone; the same for both sides, as the variance is."""
    n = unit_BN.shape[-1]
    seen_N = np.arange(1, n + 1)
    mean_BN = (0.5 + np.cumsum(unit_BN, axis=-1)) / (seen_N + 1)
    variance_BN = (0.25 + np.cumsum((unit_BN - mean_BN) ** 2, axis=-1)) / (seen_N + 1)
    before_BN = np.concatenate([np.full((*unit_BN.shape[:-1], 1), 0.25), variance_BN[..., :-1]], axis=-1)
    return np.asarray(np.sqrt(-2 * math.log(1 - check_confidence(tuned_for)) / (n * before_BN)))


def _log_capital(unit_BN: Floats, size_BN: Floats, mean_B: Floats) -> Floats:
    """Logarithm of the most capital ever held when betting that values fall below `mean_B`; rises with `mean_B`."""
    mean_B1 = mean_B[..., None]
    with np.errstate(divide="ignore"):
        capped_BN = np.minimum(size_BN, STAKE / (1 - mean_B1))
    return np.asarray(np.cumsum(np.log1p(capped_BN * (mean_B1 - unit_BN)), axis=-1).max(axis=-1))


def _upper(unit_BN: Floats, size_BN: Floats, hurdle: float) -> Floats:
    """The smallest mean that is ruled out, rounded up; 1 where none is."""
    low, high = np.zeros(unit_BN.shape[:-1]), np.ones(unit_BN.shape[:-1])
    for _ in range(_STEPS):
        middle = (low + high) / 2
        out = _log_capital(unit_BN, size_BN, middle) >= hurdle
        low, high = np.where(out, low, middle), np.where(out, middle, high)
    return high
