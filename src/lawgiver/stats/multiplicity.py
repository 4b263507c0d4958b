"""Many tests at once: the more one looks, the more one finds by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.outcome import ConfigurationError


def holm(p_values_M: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values by Holm's step-down method (Holm 1979, Scand. J. Statist. 6).

    Rejecting where the adjusted value is at most α keeps the chance of even one false rejection at most α,
    whatever the dependence between the tests.

    Args:
        p_values_M: `(M,)` in [0, 1]; M may be 0.

    Returns:
        `(M,)` in [0, 1], in the order given, each at least its unadjusted value.

    Raises:
        ConfigurationError: for another shape, or a value that is NaN or outside [0, 1].
    """
    p_M = np.asarray(p_values_M, dtype=np.float64)
    if p_M.ndim != 1:
        raise ConfigurationError(f"p-values have shape {p_M.shape}: give one list")
    if not np.all((p_M >= 0) & (p_M <= 1)):
        raise ConfigurationError("p-values must lie between 0 and 1; leave out tests that were not made")
    order = np.argsort(p_M, kind="stable")
    stepped_M = np.maximum.accumulate(p_M[order] * np.arange(len(p_M), 0, -1))
    adjusted_M = np.empty_like(p_M)
    adjusted_M[order] = np.minimum(stepped_M, 1.0)
    return adjusted_M
