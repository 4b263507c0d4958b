"""How many exchanges would settle what these left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lawgiver.align.certify.measures import Measure

MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Settles:
    """What it takes to come to an outcome, if the observed estimate held."""

    n: int | None
    """Exchanges in all that the constraint applies to; None where no number settles it."""
    outcome: str | None
    """`PASS` or `FAIL`, which it would then be."""
    words: str
    """The same for people."""

    def to_json(self) -> dict[str, Any]:
        """For `certificate.json`."""
        return {"n": self.n, "outcome": self.outcome, "words": self.words}


def settles(upper: Measure, lower: Measure, threshold: float, confidence: float) -> Settles:
    """Search on the very bounds that decide.

    Args:
        upper: the measure that PASS rests on.
        lower: the measure that FAIL rests on; the same unless something failed.
        threshold: the largest cost within budget.
        confidence: of each bound.
    """
    above, below = upper.estimate, lower.estimate
    if above is None or below is None:
        return Settles(None, None, "none: the labels do not show that the scorer tells violations from the rest")
    if above < threshold:
        n = rows_needed(lambda n: upper.within(threshold, confidence, n), upper.n)
        return _found(n, "PASS", upper)
    if below > threshold:
        n = rows_needed(lambda n: lower.beyond(threshold, confidence, n), lower.n)
        return _found(n, "FAIL", lower)
    if above == below:
        return Settles(None, None, "none: estimate equals threshold")
    return Settles(None, None, "none: it depends on the exchanges that could not be scored")


def rows_needed(holds: Callable[[int], bool], n: int, most: int = MOST_ROWS) -> int | None:
    """A number of rows, as small as doubling and halving find it, at which `holds`; None up to `most`.

    Args:
        holds: n → whether that is enough; it may waver a little, as counts are whole.
        n: the rows there are, which are not enough.
        most: where to stop.
    """
    short, enough = n, 2 * n
    while enough <= most and not holds(enough):
        short, enough = enough, 2 * enough
    if enough > most:
        return None
    while enough - short > 1:
        middle = (short + enough) // 2
        if holds(middle):
            enough = middle
        else:
            short = middle
    return enough


def _found(n: int | None, outcome: str, measure: Measure) -> Settles:
    if n is not None:
        return Settles(n, outcome, f"about {n:,} exchanges in all, if the estimate held: {outcome}")
    if "+" in measure.method:
        return Settles(None, outcome, f"none by scoring more alone: label more rows; it leans to {outcome}")
    return Settles(None, outcome, f"more than {MOST_ROWS:,} exchanges; it leans to {outcome}")
