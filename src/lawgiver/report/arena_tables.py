"""The tables of an arena: the same rows for the page and the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.arena_words import by_words, estimate
from lawgiver.report.words import NOTHING, clean, interval_range, percent, short_title, signed

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = ("model", "by", "win rate", "at equal length", "ties", "left out")


def win_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each model and thing to win by, in the order of `HEADINGS`."""
    for win in document["wins"]:
        yield (
            clean(win["name"]),
            by_words(document, win),
            estimate(win["win_rate"]),
            estimate(win["controlled"]),
            percent(win["ties"]),
            str(win["left_out"]),
        )


def arena_tables(document: Mapping[str, Any]) -> list[Table]:
    """The tables for the terminal; foreign texts are given to rich as plain text."""
    tables = [_table(HEADINGS, win_rows(document), f"wins against {document['base']}")]
    tables.append(_table(("model", *_titles(document), "front"), point_rows(document), "means"))
    if document["over_refusal"]:
        label = f"{document['over_refusal']['label']}={document['over_refusal']['value']}"
        tables.append(_table(("model", "over-refusal", "change"), refusal_rows(document), f"over-refusal on {label}"))
    if document["retention"]:
        headings = ("model", "cloze", "change", "log-loss", "change")
        tables.append(_table(headings, retention_rows(document), "what was kept"))
    return tables


def point_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each model: both means, and how often it is on the front."""
    for point in document["trade"]["points"]:
        front = (
            f"{'yes' if point['non_dominated'] else 'no'}, {percent(point['front_share'])}"
            if "ellipse" in point
            else NOTHING
        )
        yield clean(point["name"]), estimate(point["wanted"]), estimate(point["constraint"]), front


def refusal_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each model: cost on look-alikes, and the change from the base."""
    for model in document["over_refusal"]["models"]:
        change = model["change"] and model["change"]["difference"]
        yield clean(model["name"]), estimate(model["cost"]), _change(change)


def retention_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each model: share of right ends and log-loss, each with its change from the base."""
    for model in document["retention"]["models"]:
        measured, change = model["measured"] or {}, model["change"] or {}
        cells = [clean(model["name"])]
        for name in ("cloze", "log_loss"):
            cells += [estimate(measured.get(name)), _change(change.get(name, {}).get("value", {}).get("difference"))]
        yield tuple(cells)


def _change(interval: Any) -> str:
    if not isinstance(interval, dict):
        return NOTHING
    return f"{signed(interval['estimate'])} {interval_range(interval, sign=True)}"


def _titles(document: Mapping[str, Any]) -> tuple[str, str]:
    wanted, cost = (short_title(document[part]["title"]) for part in ("wanted", "constraint"))
    return f"{wanted} ↑", f"{cost} ↓"


def _table(headings: Sequence[str], rows: Iterator[tuple[str, ...]], title: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=True, header_style="bold", title=Text(clean(title)), title_justify="left")
    for heading in headings:
        table.add_column(Text(clean(heading)), justify="left" if heading in ("model", "by") else "right")
    for row in rows:
        table.add_row(*[Text(clean(cell)) for cell in row])
    return table
