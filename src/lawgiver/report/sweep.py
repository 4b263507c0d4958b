"""The page of a q-sweep: what was measured, the fitted curves, and the q that was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.data.files import atomic_write
from lawgiver.report.svg import INK, MUTED, SERIES, canvas, to_svg
from lawgiver.report.template import fill
from lawgiver.report.words import number

if TYPE_CHECKING:
    from markupsafe import Markup

PAGE = "report.html"


def write_sweep(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write the page; one file, no scripts, nothing fetched, every name escaped.

    Raises:
        OSError: if the page cannot be written.
    """
    page = fill(
        "sweep.html.j2",
        d=document,
        number=number,
        plots=[curve(document, "helpfulness", document["wanted"]), curve(document, "cost", document["constraint"])],
    )
    atomic_write(folder / PAGE, page)
    return folder / PAGE


def curve(document: Mapping[str, Any], part: str, label: str) -> Markup:
    """Measured points with their intervals, the fitted curve with its band, the budget and the chosen q."""
    colour = SERIES[0] if part == "helpfulness" else SERIES[1]
    q, fitted = document["q"], document[part]
    with canvas(300, 210) as (figure, axes):
        axes.fill_between(q, fitted["low"], fitted["high"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(q, fitted["fit"], color=colour)
        for point in document["measured"]:
            found = point[part]
            axes.plot([point["q"]] * 2, [found["low"], found["high"]], color=colour, linewidth=1.1)
            axes.plot([point["q"]], [found["estimate"]], "o", color=colour, markersize=4.5)
        if part == "cost":
            axes.axhline(document["threshold"], color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
        if document["chosen"] is not None:
            axes.axvline(document["chosen"], color=INK, linewidth=1.1, linestyle=(0, (1, 2)))
        axes.grid(axis="y")
        axes.set_xlabel("q, the share of the safe model")
        axes.set_ylabel(label)
        return to_svg(figure, f"sweep-{part}", f"{label} by q", _words(document, part, label))


def _words(document: Mapping[str, Any], part: str, label: str) -> str:
    points = ", ".join(f"{number(p[part]['estimate'])} at {p['q']:g}" for p in document["measured"])
    return f"{label}: {points}."
