"""How well scores put unsafe texts before safe ones, whatever the threshold; tied scores are passed together.

The definitions are scikit-learn's, to which the tests hold them; these take a bootstrap's resamples all at once.
"""

from __future__ import annotations

import numpy as np

from lawgiver.guard.metrics.tally import Floats, Tally, ratio


def flagged(counts: Tally) -> tuple[Floats, Floats]:
    """Unsafe and safe texts at or above each distinct score, from the highest score down; both `(..., G)`."""
    return counts.unsafe_BG[..., ::-1].cumsum(axis=-1), counts.safe_BG[..., ::-1].cumsum(axis=-1)


def average_precision(counts: Tally) -> Floats:
    """AUPRC as DuoGuard reports it: Σ (R_k − R_{k−1}) P_k over thresholds, `(...)`; NaN without unsafe texts."""
    hits, false = flagged(counts)
    # where a resample has drawn nothing yet, nothing is gained either
    precision = hits / np.maximum(hits + false, 1)
    return ratio((counts.unsafe_BG[..., ::-1] * precision).sum(axis=-1), counts.unsafe_B)


def auroc(counts: Tally) -> Floats:
    """Probability that an unsafe text outscores a safe one, ties counting half, `(...)`; NaN unless there are both."""
    below = counts.safe_BG.cumsum(axis=-1) - counts.safe_BG / 2
    return ratio((counts.unsafe_BG * below).sum(axis=-1), counts.unsafe_B * counts.safe_B)


def recall_at_fpr(counts: Tally, fpr: float) -> Floats:
    """The best recall of a threshold that flags at most a share `fpr` of the safe texts, `(...)`; NaN unless both."""
    hits, false = flagged(counts)
    # a count against a count: 5 % of 20 must allow one
    allowed = false <= np.floor(fpr * counts.safe_B + 1e-9)[..., None]
    best = np.where(allowed, hits, 0.0).max(axis=-1)
    return np.where(counts.safe_B > 0, ratio(best, counts.unsafe_B), np.nan)
