"""The picture of a certificate: where each cost lies, and the threshold it is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lawgiver.report.certificate_words import at_least, at_most, each_row
from lawgiver.report.svg import INK, LINE, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief, finite, number

if TYPE_CHECKING:
    from markupsafe import Markup


def bounds_plot(document: Mapping[str, Any]) -> Markup | None:
    """A bar from lower to upper bound, a dot for the estimate, an upright line for the threshold; a row each."""
    rows = [(row, part) for row, part in each_row(document) if finite(row["high"]) is not None]
    if not rows:
        return None
    pitch = 34
    with canvas(420, 46 + pitch * len(rows)) as (figure, axes):
        for position, (row, part) in enumerate(rows):
            y = position * pitch + 18
            colour = SERIES[1] if part else SERIES[0]
            axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=3, solid_capstyle="butt")
            if finite(row["estimate"]) is not None:
                axes.plot([row["estimate"]], [y], "o", color=colour, markersize=6, markerfacecolor=PAPER)
            axes.plot([row["threshold"]] * 2, [y - 7, y + 7], color=INK, linewidth=2)
            name = brief(row["name"], 32)
            place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center"}
            axes.annotate(f"– {name}" if part else name, (0, y - 13), ha="left", **place)
            axes.annotate(row["outcome"], (1, y - 13), ha="right", color=MUTED, **place)
            axes.axhline(y + 13, color=LINE, linewidth=0.6)
        axes.set_ylim(pitch * len(rows), -4)
        right = max(max(row["high"], row["threshold"]) for row, _ in rows)
        axes.set_xlim(-0.02 * right, 1.05 * right)  # a ring at 0 is drawn whole
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("cost; higher is worse")
        return to_svg(figure, "bounds", "Bounds of every cost against its threshold", _words(rows))


def _words(rows: list[tuple[Mapping[str, Any], bool]]) -> str:
    return " ".join(
        f"{brief(row['name'], 60)}: from {at_least(row['low'])} to {at_most(row['high'])}, "
        f"threshold {number(row['threshold'], 4)}, {row['outcome']}."
        for row, _ in rows
    )
