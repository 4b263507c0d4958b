"""A mean that a scorer estimated on many rows, made good by its errors on a few labelled ones.

Prediction-powered inference (Angelopoulos et al. 2023, Science 382): the true mean is the mean score plus the mean of
truth minus score. Both are bounded here at half the doubt, without any assumption on the scorer, and the bounds add.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.betting import betting_bounds
from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import OneSided, check_bounded


class MeanBounds(Protocol):
    """Any bound of a bounded mean, such as `betting_bounds` or `bernstein_bounds`."""

    def __call__(
        self, values_BN: ArrayLike, confidence: float = ..., *, least: float = ..., most: float = ...
    ) -> OneSided:
        """Bounds `(...)` of samples along the last axis."""


def rectified_bounds(
    scored_BN: ArrayLike,
    labelled_scores_BM: ArrayLike,
    labelled_truth_BM: ArrayLike,
    confidence: float = 0.95,
    *,
    most: float = 1.0,
    bounds: MeanBounds = betting_bounds,
) -> OneSided:
    """Bound the mean of the truth, from N scores and M labelled rows of the same distribution.

    The labelled rows must be drawn without regard to their scores; they may be among the N.

    Args:
        scored_BN: what the scorer said, `(..., N)` in [0, most].
        labelled_scores_BM: what it said of the labelled rows, `(..., M)` in [0, most].
        labelled_truth_BM: what is true of them, `(..., M)` in [0, most].
        confidence: of each bound by itself.
        most: the largest value possible, known beforehand.
        bounds: of the two means; choose before looking.

    Returns:
        Bounds `(...)` within [0, most].

    Raises:
        ConfigurationError: for values outside the range, none at all, or labelled rows of unequal number.
    """
    half = 1 - (1 - check_confidence(confidence)) / 2
    scores = check_bounded(labelled_scores_BM, 0.0, most)
    truth = check_bounded(labelled_truth_BM, 0.0, most)
    if scores.shape != truth.shape:
        raise ConfigurationError(f"labelled rows: {scores.shape} scores against {truth.shape} labels; give one of each")
    seen = bounds(scored_BN, half, least=0.0, most=most)
    wrong = bounds(truth - scores, half, least=-most, most=most)
    return OneSided(np.clip(seen.low + wrong.low, 0, most), np.clip(seen.high + wrong.high, 0, most))
