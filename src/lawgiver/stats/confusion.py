"""A rate that an imperfect scorer observed, made good by how often the scorer is known to be wrong.

Rogan and Gladen (1978, Am. J. Epidemiol. 107) invert q = π s + (1 − π) f, with q the rate of flags, π the true
rate, s the scorer's sensitivity and f its false-positive rate. Here each of the three is itself bounded, at a third
of the doubt, and the inversion is made at the worst corner, so that the union bound holds for π.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import check_confidence
from lawgiver.stats.onesided import Floats, OneSided
from lawgiver.stats.rate import rate_bounds


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of rows that were labelled by hand: what the scorer said against what is true."""

    true_positive: int
    """Flagged, and rightly."""
    false_negative: int
    """Missed."""
    false_positive: int
    """Flagged, and wrongly."""
    true_negative: int
    """Let pass, and rightly."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ConfigurationError(f"confusion: {name}={count!r}: give a count, 0 or more")

    @property
    def positives(self) -> int:
        """Rows that are truly violations."""
        return self.true_positive + self.false_negative

    @property
    def negatives(self) -> int:
        """Rows that are truly none."""
        return self.false_positive + self.true_negative


def confused_rate_bounds(
    flagged_B: ArrayLike, trials_B: ArrayLike, confusion: Confusion, confidence: float = 0.95
) -> OneSided:
    """Bound the true rate behind a scorer's flags.

    The labelled rows must be like those flagged: within the true violations, and within the rest, the scorer must err
    as often. They may be fewer, and violations may be more frequent among them.

    Args:
        flagged_B: how many of the rows the scorer flagged, `(...)`.
        trials_B: how many rows it looked at, `(...)`.
        confusion: how it fared on labelled rows.
        confidence: of each bound by itself.

    Returns:
        Bounds in [0, 1]; 0 below or 1 above where the labels do not show the scorer to tell violations from the rest,
        or contradict the flags.

    Raises:
        ConfigurationError: as `rate_bounds`.
    """
    flags, hits, false = _bounds(flagged_B, trials_B, confusion, confidence)
    return OneSided(
        # fewest flags, best sensitivity and most false alarms explain the flags by the fewest violations
        low=_invert(flags.low, float(hits.high), float(false.high), unknown=0.0),
        high=_invert(flags.high, float(hits.low), float(false.low), unknown=1.0),
    )


def contradicts(flagged: int, trials: int, confusion: Confusion, confidence: float = 0.95) -> bool:
    """Whether flags are fewer than a scorer's false alarms alone make, or more than its hits can: labels unlike a run.

    Args:
        flagged: how many of the rows the scorer flagged.
        trials: how many rows it looked at.
        confusion: how it fared on labelled rows.
        confidence: of the three bounds together, as in `confused_rate_bounds`.

    Raises:
        ConfigurationError: as `rate_bounds`.
    """
    flags, hits, false = _bounds(flagged, trials, confusion, confidence)
    return bool(flags.high < false.low) or bool(flags.low > hits.high)


def _bounds(
    flagged_B: ArrayLike, trials_B: ArrayLike, confusion: Confusion, confidence: float
) -> tuple[OneSided, OneSided, OneSided]:
    """Of the flags, the hits and the false alarms, a third of the doubt each."""
    third = 1 - (1 - check_confidence(confidence)) / 3
    return (
        rate_bounds(flagged_B, trials_B, third),
        rate_bounds(confusion.true_positive, confusion.positives, third),
        rate_bounds(confusion.false_positive, confusion.negatives, third),
    )


def _invert(flags_B: ArrayLike, hits: float, false: float, *, unknown: float) -> Floats:
    flags = np.asarray(flags_B, dtype=np.float64)
    if hits <= false:
        return np.full(flags.shape, unknown)
    rate = (flags - false) / (hits - false)
    # more flags than a scorer this good can raise, or fewer than it must: labels and run are not alike
    contradicts = rate > 1 if unknown == 0 else rate < 0
    return np.where(contradicts, unknown, np.clip(rate, 0, 1))
