"""One-sided exact bounds of a rate (Clopper and Pearson 1934, Biometrika 26)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import OneSided


def rate_bounds(successes_B: ArrayLike, trials_B: ArrayLike, confidence: float = 0.95) -> OneSided:
    """Bound the probability of success; no failure in 299 trials is at most 1 % with 95 % confidence.

    Args:
        successes_B: whole numbers, `(...)`.
        trials_B: whole numbers, `(...)`; of no trials nothing is known, which is [0, 1].
        confidence: of each bound by itself.

    Returns:
        Bounds in [0, 1], of the shape that both arrays broadcast to.

    Raises:
        ConfigurationError: unless 0 ≤ successes ≤ trials, both whole, and 0 < confidence < 1.
    """
    tail = 1 - check_confidence(confidence)
    k, n = np.broadcast_arrays(np.asarray(successes_B, dtype=np.float64), np.asarray(trials_B, dtype=np.float64))
    if not np.all((k >= 0) & (k <= n) & (k == np.floor(k)) & (n == np.floor(n)) & np.isfinite(n)):
        raise ConfigurationError(f"successes={successes_B!r} of {trials_B!r}: whole numbers, successes ≤ trials")
    # the distribution is undefined where all or none succeeded; the bound there is the end of the scale
    low = np.where(k == 0, 0.0, betaincinv(np.maximum(k, 1), n - k + 1, tail))
    high = np.where(k == n, 1.0, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail))
    return OneSided(np.asarray(low), np.asarray(high))
