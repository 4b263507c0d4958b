"""What exporting a guard changed, as a table and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

_COLUMNS = (("fpr", "before"), ("fpr", "after"), ("recall", "before"), ("recall", "after"))


def export_table(measured: Mapping[str, Any]) -> Table:
    """Rates of the original and of the export, a line for all languages and for each."""
    table = Table(title="At the stored thresholds, with 95 % intervals")
    table.add_column("language")
    table.add_column("texts", justify="right")
    for name, part in _COLUMNS:
        table.add_column(f"{name.upper() if name == 'fpr' else name} {part}")
    for row in measured["rows"]:
        cells = [_range(row[part][name]) for name, part in _COLUMNS]
        table.add_row("all" if row["language"] is None else row["language"] or "none", str(row["n"]), *cells)
    return table


def export_notes(measured: Mapping[str, Any]) -> list[str]:
    """The differences, and what could not be compared."""
    notes = []
    for name, title in (("fpr_change", "false-positive rate"), ("recall_change", "recall")):
        change = measured[name]
        if change is not None:
            notes.append(f"{title}: {change['estimate']:+.3f} [{change['low']:+.3f}, {change['high']:+.3f}]")
    if measured["decisions_changed"] is not None:
        notes.append(f"decisions changed: {_range(measured['decisions_changed'])}")
    if measured["not_scored"]:
        notes.append(f"{measured['not_scored']} rows have no score of one or the other, and are in no rate")
    return notes


def _range(share: Mapping[str, Any] | None) -> str:
    return "–" if share is None else f"{share['estimate']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"
