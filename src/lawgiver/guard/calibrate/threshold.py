"""Where to flag, so that no more than a chosen share of the safe texts is."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.stats.proportion import clopper_pearson


def allowed_false(n: int, fpr: float, confidence: float | None = None) -> int | None:
    """How many of n safe texts may be flagged.

    With a confidence, the largest k whose one-sided upper bound (Clopper and Pearson 1934, Biometrika 26) is at most
    `fpr`. As k depends on n alone, the rate of the threshold that flags k of them is at most `fpr` with that
    confidence, whatever the scores are distributed like.

    Args:
        n: safe texts, n ≥ 0.
        fpr: the share that may be flagged, in (0, 1).
        confidence: in [0.5, 1), or None to look at these texts only.

    Returns:
        k < n, or None where even k = 0 is not enough.
    """
    if n == 0:
        return None
    # a count against a count: 5 % of 20 must allow one
    most = min(int(np.floor(fpr * n + 1e-9)), n - 1)
    if confidence is None:
        return most
    # a two-sided interval of confidence 2c − 1 leaves 1 − c above its upper end, which rises with k
    both = max(2 * confidence - 1, 1e-12)
    fine = bisect_right(range(most + 1), fpr, key=lambda k: clopper_pearson(k, n, both).high)
    return fine - 1 if fine else None


def flag_above(score_N: ArrayLike, positive_N: ArrayLike, fpr: float, confidence: float | None = None) -> float | None:
    """The smallest threshold that keeps the false-positive rate, where what is strictly above it is flagged.

    Args:
        score_N: N scores, in any unit.
        positive_N: N labels; only rows without it count.
        fpr: the share of them that may be flagged, in (0, 1).
        confidence: see `allowed_false`.

    Returns:
        The score of one of the rows; None where there are too few of them.
    """
    safe = np.sort(np.asarray(score_N, dtype=np.float64)[~np.asarray(positive_N).astype(bool)])
    false = allowed_false(len(safe), fpr, confidence)
    return None if false is None else float(safe[len(safe) - 1 - false])
