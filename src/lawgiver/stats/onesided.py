"""One-sided bounds: each of the two holds by itself with the stated confidence, both at once with less."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import check_confidence

Floats: TypeAlias = NDArray[np.float64]


class OneSided(NamedTuple):
    """A lower and an upper confidence bound, in the units of what was measured."""

    low: Floats
    """The quantity is at least this, with the stated confidence."""
    high: Floats
    """The quantity is at most this, with the stated confidence."""


def check_bounded(values_BN: ArrayLike, least: float, most: float) -> Floats:
    """Return values as floats `(..., N)`.

    Raises:
        ConfigurationError: for no values, one that is not a number between `least` and `most`, or an empty range.
    """
    values = np.asarray(values_BN, dtype=np.float64)
    if not (math.isfinite(least) and math.isfinite(most) and least < most):
        raise ConfigurationError(f"values between {least} and {most}: give two finite numbers, the smaller one first")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ConfigurationError("no values to bound: score at least one")
    # written so that NaN is refused as well
    if not np.all((values >= least) & (values <= most)):
        raise ConfigurationError(
            f"values must be numbers between {least:g} and {most:g}, or no bound on their mean exists; "
            "leave out what was not scored, and state the range that values really have"
        )
    return values


def p_value(upper: Callable[[float], float], threshold: float, *, smallest: float = 1e-9) -> float:
    """The p-value of "it is above `threshold`", by inverting an upper bound.

    Args:
        upper: confidence → upper bound; rises with confidence.
        threshold: where the bound is to lie.
        smallest: what is returned instead of anything smaller.

    Returns:
        The smallest 1 − confidence at which the bound is at most the threshold, from above to 1e-3 of its size; 1
        where there is none.
    """
    low, high = math.log(check_confidence(smallest)), 0.0
    if upper(1 - smallest) <= threshold:
        return smallest
    while high - low > 1e-3:
        middle = (low + high) / 2
        if upper(1 - math.exp(middle)) <= threshold:
            high = middle
        else:
            low = middle
    return math.exp(high)
