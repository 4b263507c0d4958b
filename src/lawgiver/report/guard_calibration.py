"""A calibration as a table for the terminal, and what has to be said beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lawgiver.report.guard_words import estimate, plain
from lawgiver.report.words import NOTHING, clean, number

if TYPE_CHECKING:
    from rich.table import Table

_HEADINGS = ("output", "", "safe", "unsafe", "temp.", "above", "FPR", "recall", "missed", "unsure")


def calibration_table(document: Mapping[str, Any]) -> Table:
    """A row for every output and language; rates are of rows that the fit did not see, with 95 % intervals.

    Args:
        document: what `calibrate` found.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=True, header_style="bold")
    for at, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="left" if at < 2 else "right")
    for row in document["rows"]:
        table.add_row(*[Text(clean(cell)) for cell in _cells(row)])
    return table


def calibration_notes(document: Mapping[str, Any]) -> list[str]:
    """What is pooled, left as it was, or not scored."""
    notes = []
    settings = document["settings"]
    least = f"fewer than {settings['least']} rows of a label"
    if settings["confidence"] is not None:
        least += ", or too few for the confidence"
    if any(not row["own"] for row in document["rows"]):
        notes.append(f"* {least}: uses the numbers of all languages together")
    if document["not_calibrated"]:
        names = ", ".join(name.replace("_", " ") for name in document["not_calibrated"])
        notes.append(f"left as they were, with {least}: {names}")
    if document["abstained"] or document["failed"]:
        notes.append(f"of {document['n']} rows, {document['abstained']} abstained and {document['failed']} failed")
    if any(row["pass_below"] is None for row in document["rows"] if row["output"] == "unsafe"):
        notes.append(f"alpha {settings['alpha']:g}: too few unsafe rows to let any text pass surely")
    return notes


def _cells(row: Mapping[str, Any]) -> list[str]:
    language = "all" if row["language"] is None else row["language"] or NOTHING
    rates = [*map(estimate, (row["fpr"], row["recall"])), *map(plain, (row["missed"], row["unsure"]))]
    return [
        str(row["output"]).replace("_", " "),
        language if row["own"] else f"{language} *",
        str(row["negative"]),
        str(row["positive"]),
        number(row["temperature"]),
        number(1 / (1 + math.exp(-max(min(row["flag_above"], 500.0), -500.0))), 3),
        *rates,
    ]
