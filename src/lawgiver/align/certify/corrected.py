"""Measures of the truth behind a scorer that is sometimes wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lawgiver.align.certify.measures import Mean
from lawgiver.stats import Confusion, betting_bounds, confused_rate_bounds, contradicts, p_value
from lawgiver.stats.onesided import Floats


@dataclass(frozen=True)
class ConfusedRate:
    """The true share of violations, from flags and a confusion matrix; in units of `most` for a mean of such costs."""

    flagged: int
    n: int
    confusion: Confusion
    most: float = 1.0
    method: str = "clopper_pearson+confusion"

    @property
    def estimate(self) -> float | None:
        """Rogan and Gladen's, None where the scorer does not tell violations from the rest."""
        confusion = self.confusion
        if not confusion.positives or not confusion.negatives:
            return None
        hits = confusion.true_positive / confusion.positives
        false = confusion.false_positive / confusion.negatives
        if hits <= false:
            return None
        return self.most * min(1.0, max(0.0, (self.flagged / self.n - false) / (hits - false)))

    def low(self, confidence: float) -> float:
        """At the corner that explains the flags by the fewest violations."""
        return self.most * float(confused_rate_bounds(self.flagged, self.n, self.confusion, confidence).low)

    def high(self, confidence: float) -> float:
        """At the corner that explains them by the most."""
        return self.most * float(confused_rate_bounds(self.flagged, self.n, self.confusion, confidence).high)

    def p_value(self, threshold: float) -> float:
        """By inversion; 1 where labels contradict the flags, as wide bounds alone would hide that they do."""
        return 1.0 if self.contradicted(0.5) else p_value(self.high, threshold)

    def contradicted(self, confidence: float) -> bool:
        """Whether no rate of violations explains the flags by this confusion matrix."""
        return contradicts(self.flagged, self.n, self.confusion, confidence)

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """With more exchanges scored and the same rows labelled."""
        return self._grown(math.ceil(self.flagged * n / self.n), n).high(confidence) <= threshold

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """With more exchanges scored and the same rows labelled."""
        return self._grown(self.flagged * n // self.n, n).low(confidence) > threshold

    def _grown(self, flagged: int, n: int) -> ConfusedRate:
        return ConfusedRate(flagged, n, self.confusion, self.most)


@dataclass(frozen=True)
class RectifiedMean:
    """The mean true cost, from scores of all and labels of some (prediction-powered inference)."""

    scored: Mean
    error_M: Floats
    """Truth minus score of each labelled row."""
    method: str = "betting+labels"

    @property
    def n(self) -> int:
        """How many exchanges were scored."""
        return self.scored.n

    @property
    def estimate(self) -> float:
        """Mean score plus mean error, kept within the range of costs."""
        return min(self.scored.most, max(0.0, self.scored.estimate + float(self.error_M.mean())))

    def low(self, confidence: float) -> float:
        """Both parts at half the doubt."""
        half = (1 + confidence) / 2
        return max(0.0, self.scored.low(half) + self._error(half)[0])

    def high(self, confidence: float) -> float:
        """Both parts at half the doubt."""
        half = (1 + confidence) / 2
        return min(self.scored.most, self.scored.high(half) + self._error(half)[1])

    def p_value(self, threshold: float) -> float:
        """By inversion."""
        return p_value(self.high, threshold)

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """With more exchanges scored and the same rows labelled."""
        half = (1 + confidence) / 2
        left = threshold - self._error(half)[1]
        return left >= 0 and self.scored.within(left, half, n)

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """With more exchanges scored and the same rows labelled."""
        half = (1 + confidence) / 2
        left = threshold - self._error(half)[0]
        return left <= self.scored.most and self.scored.beyond(left, half, n)

    def _error(self, confidence: float) -> tuple[float, float]:
        most, tuned_for = self.scored.most, self.scored.tuned_for
        bounds = betting_bounds(self.error_M, confidence, least=-most, most=most, tuned_for=tuned_for)
        return float(bounds.low), float(np.minimum(bounds.high, most))
