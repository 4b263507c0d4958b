"""Intervals of a share: `successes` out of `n` independent trials.

Wilson (1927, JASA 22) covers close to its nominal level on average and is the one to show. Clopper-Pearson
(1934, Biometrika 26) never covers less than its nominal level and is the one to certify with.
"""

from __future__ import annotations

import math

from scipy.special import betaincinv, ndtri

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import Interval, check_confidence


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson score interval of a share, within [0, 1].

    Raises:
        ConfigurationError: unless 0 ≤ successes ≤ n, n ≥ 1 and 0 < confidence < 1.
    """
    successes, n = _check(successes, n)
    z = float(ndtri(0.5 + check_confidence(confidence) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # rounding alone would leave 1e-17 where the bound is exactly 0 or 1
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(share, low, high, n, confidence, "wilson")


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Exact (conservative) binomial interval of a share, within [0, 1].

    Raises:
        ConfigurationError: unless 0 ≤ successes ≤ n, n ≥ 1 and 0 < confidence < 1.
    """
    successes, n = _check(successes, n)
    tail = (1 - check_confidence(confidence)) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return Interval(successes / n, low, high, n, confidence, "clopper_pearson")


def _check(successes: int, n: int) -> tuple[int, int]:
    if int(successes) != successes or int(n) != n:
        raise ConfigurationError(f"successes={successes!r}, n={n!r}: both are whole numbers of trials")
    if n < 1:
        raise ConfigurationError(f"n={n}: a share of no trials is not defined; score at least one")
    if not 0 <= successes <= n:
        raise ConfigurationError(f"successes={successes}: must lie between 0 and n={n}")
    return int(successes), int(n)
