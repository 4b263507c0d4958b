"""The page of an arena: `arena.json` in, one self-contained `report.html` out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.data.files import atomic_write
from lawgiver.report.arena_plot import trade_plot
from lawgiver.report.arena_tables import HEADINGS, point_rows, refusal_rows, retention_rows, win_rows
from lawgiver.report.arena_words import headline, notes, volume_words
from lawgiver.report.games.dots import Dot, dots
from lawgiver.report.template import fill
from lawgiver.report.words import short_title

if TYPE_CHECKING:
    from markupsafe import Markup

PAGE = "report.html"


def write_arena(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write the page; one file, no scripts, nothing fetched, every name escaped.

    Raises:
        OSError: if the page cannot be written.
    """
    page = fill(
        "arena.html.j2",
        d=document,
        headings=HEADINGS,
        headline=headline(document),
        volume=volume_words(document),
        plot=trade_plot(document),
        forests=[plot for part in ("wanted", "constraint") if (plot := strength_plot(document, part)) is not None],
        wins=list(win_rows(document)),
        points=list(point_rows(document)),
        refusals=list(refusal_rows(document)) if document["over_refusal"] else [],
        kept=list(retention_rows(document)) if document["retention"] else [],
        notes=notes(document),
        title=lambda part: short_title(document[part]["title"]),
    )
    atomic_write(folder / PAGE, page)
    return folder / PAGE


def strength_plot(document: Mapping[str, Any], part: str) -> Markup | None:
    """Bradley–Terry strengths with their intervals, a row a model; the base stands at 0."""
    rows = document["strengths"][part].get("strengths", [])
    title = short_title(document[part]["title"])
    caption = " ".join(
        f"{row['name']}: {row['strength']['estimate']:.2f} from {row['strength']['low']:.2f} to "
        f"{row['strength']['high']:.2f}."
        for row in rows
    )
    return dots(
        f"strength-{part}",
        f"Strength in {title}",
        caption,
        [(row["name"], [Dot(*(row["strength"][key] for key in ("estimate", "low", "high")))]) for row in rows],
        levels={str(document["base"]): 0.0},
        xlabel=f"log-odds of winning in {title}",
    )
