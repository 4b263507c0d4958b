"""What became of the rows of one source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lawgiver.data.preference.aside import Reason


@dataclass(frozen=True, slots=True)
class SetAside:
    """The records of one objective that were set aside for one reason."""

    objective: str
    reason: Reason
    count: int
    places: tuple[str, ...]
    """Where the first few stand, as `file:line`."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "objective": self.objective,
            "reason": self.reason.value,
            "count": self.count,
            "places": list(self.places),
        }


@dataclass(frozen=True, slots=True)
class Account:
    """One source: `made == used + left_out + set aside`."""

    source: str
    schema: str
    rows: int
    """Rows read."""
    made: int
    """Records made of them; a row may make none, one, or one per objective."""
    left_out: int
    """Records outside the `share` that was asked for."""
    used: int
    aside: tuple[SetAside, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "source": self.source,
            "schema": self.schema,
            "rows": self.rows,
            "made": self.made,
            "left_out": self.left_out,
            "used": self.used,
            "aside": [part.to_json() for part in self.aside],
        }
