"""What a certificate says, in words and in a table for the terminal; bounds are rounded to the safe side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lawgiver.charter.scoped import quantity as scoped
from lawgiver.report.words import NOTHING, clean, finite, number, short_title

if TYPE_CHECKING:
    from rich.table import Table

STATES = {"PASS": "good", "FAIL": "bad", "NO SOLUTION": "open"}
MARKS = {"good": "✓", "bad": "✗", "open": "○"}
_GRAIN = 10_000


def at_most(value: Any) -> str:
    """An upper bound to four decimals, rounded up: what is shown is still a bound."""
    x = finite(value)
    return NOTHING if x is None else number(math.ceil(round(x * _GRAIN, 6)) / _GRAIN, 4)


def at_least(value: Any) -> str:
    """A lower bound to four decimals, rounded down."""
    x = finite(value)
    return NOTHING if x is None else number(math.floor(round(x * _GRAIN, 6)) / _GRAIN, 4)


def confidence_words(value: Any) -> str:
    """`95 %`, with as many digits as it has."""
    x = finite(value)
    return NOTHING if x is None else f"{100 * x:.6g}\N{NO-BREAK SPACE}%"


def quantity(found: Mapping[str, Any]) -> str:
    """What is bounded."""
    return clean(scoped(str(found.get("scope")), finite(found.get("tail")), found.get("category")))


def sentence(found: Mapping[str, Any]) -> str:
    """What is known of one constraint."""
    name = short_title(found.get("title") or found["name"])
    what, sure = quantity(found), f"with {confidence_words(found['confidence'])} confidence"
    threshold = number(found["threshold"], 4)
    if found["outcome"] == "PASS" and found.get("scope") == "per_category":
        return f"{name}: the mean cost in every {clean(found.get('category'))} is at most {threshold} {sure}."
    if found["outcome"] == "PASS":
        return f"{name}: the {what} is at most {at_most(found['high'])} {sure}; the threshold is {threshold}."
    if found["outcome"] == "FAIL":
        return f"{name}: the {what} is at least {at_least(found['low'])} {sure}, above the threshold of {threshold}."
    if found["high"] is None:
        return f"{name}: not enough was scored to bound the {what}."
    return (
        f"{name}: the {what} is at least {at_least(found['low'])} and at most {at_most(found['high'])}, each {sure}; "
        f"the threshold of {threshold} is neither kept nor broken for certain."
    )


def each_row(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Every constraint, each followed by its categories; whether a row is a category."""
    for found in document["constraints"]:
        yield found, False
        for part in found.get("categories", []):
            yield part, True


def settles_words(row: Mapping[str, Any]) -> str:
    """What would settle it; empty where it is settled."""
    return clean((row.get("settles") or {}).get("words", ""))


def certificate_table(document: Mapping[str, Any]) -> Table:
    """A row for every constraint and category; foreign texts are given to rich as plain text."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=True, header_style="bold")
    words = ("constraint", "outcome", "would settle it")
    for heading in ("constraint", "outcome", "cost", "at least", "at most", "threshold", "n", "would settle it"):
        table.add_column(heading, justify="left" if heading in words else "right")
    for row, part in each_row(document):
        bounds = [number(row["estimate"], 4), at_least(row["low"]), at_most(row["high"])]
        cells = [
            f"{'  ' if part else ''}{row['name']}", f"{MARKS[STATES[row['outcome']]]} {row['outcome']}", *bounds,
            number(row["threshold"], 4), str(row["n"]), settles_words(row),
        ]  # fmt: skip
        table.add_row(*[Text(clean(cell)) for cell in cells])
    return table
