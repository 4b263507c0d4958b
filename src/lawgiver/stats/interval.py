"""An estimate is never shown without its interval, so the two travel together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval, all three in the units of what was measured."""

    estimate: float
    """The statistic on the sample itself."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""
    n: int
    """How many independent units it rests on: trials, rows, or clusters where rows share a prompt."""
    confidence: float
    """Nominal coverage, strictly between 0 and 1."""
    method: str
    """How it was computed: `wilson`, `clopper_pearson`, `bca` or `percentile`."""
    note: str = ""
    """What a reader must know before trusting it; empty if nothing."""

    def to_json(self) -> dict[str, Any]:
        """Encode as a JSON object; `note` is left out when empty."""
        document: dict[str, Any] = {
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "confidence": self.confidence,
            "method": self.method,
        }
        return {**document, "note": self.note} if self.note else document

    def __str__(self) -> str:
        text = f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}] ({self.confidence:.0%}, n={self.n})"
        return f"{text}: {self.note}" if self.note else text


def check_confidence(confidence: float) -> float:
    """Return `confidence`.

    Raises:
        ConfigurationError: if it is not strictly between 0 and 1.
    """
    # written so that NaN is refused as well
    if not 0.0 < confidence < 1.0:
        raise ConfigurationError(f"confidence={confidence!r}: give a number between 0 and 1, such as 0.95")
    return float(confidence)
