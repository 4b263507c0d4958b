"""What a certificate says of one constraint: PASS, FAIL, or NO SOLUTION."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lawgiver.align.certify.settle import Settles

Verdict: TypeAlias = Literal["PASS", "FAIL", "NO SOLUTION"]


@dataclass(frozen=True)
class Finding:
    """One constraint, or one category of it."""

    name: str
    """The constraint, or the category's value."""
    outcome: Verdict
    threshold: float
    confidence: float
    """Of each bound."""
    n: int
    """Exchanges it rests on, those that failed included."""
    abstained: int
    """Exchanges left out."""
    failed: int
    """Exchanges counted as the worst they can be."""
    estimate: float | None = None
    """Of those that were scored, with the scorer's error taken out where it is known."""
    low: float | None = None
    """It is at least this."""
    high: float | None = None
    """It is at most this."""
    p_value: float | None = None
    """Of "the cost is above the threshold"."""
    method: str = ""
    """The bound."""
    settles: Settles | None = None
    """What would settle it, where nothing did."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""
    more: dict[str, Any] = field(default_factory=dict)
    """What belongs to this kind of constraint alone: title, scope, correction, categories."""

    def to_json(self) -> dict[str, Any]:
        """For `certificate.json`."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "threshold": self.threshold,
            "confidence": self.confidence,
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "p_value": self.p_value,
            "n": self.n,
            "abstained": self.abstained,
            "failed": self.failed,
            "method": self.method,
            "settles": self.settles.to_json() if self.settles else None,
            "notes": list(self.notes),
            **self.more,
        }


def overall(findings: list[Finding]) -> Verdict:
    """PASS if all pass, FAIL if one fails, else NO SOLUTION.

    This needs no correction for their number: all pass wrongly only if the one that is broken does.
    """
    if any(finding.outcome == "FAIL" for finding in findings):
        return "FAIL"
    return "PASS" if findings and all(finding.outcome == "PASS" for finding in findings) else "NO SOLUTION"
