"""What is wanted against what it costs: a point a model, its ellipse, and the front of those not dominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import INK, MARKERS, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief, number, short_title

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes


def trade_plot(document: Mapping[str, Any]) -> Markup | None:
    """Wanted to the right, cost downwards to nothing: the better, the lower and further right."""
    points = [point for point in document["trade"]["points"] if "ellipse" in point]
    if not points:
        return None
    with canvas(360, 270 + 13 * len(points)) as (figure, axes):
        for i, point in enumerate(points):
            _point(axes, point, i)
        _front(axes, [point for point in points if point["non_dominated"]])
        threshold = document["constraint"].get("threshold")
        if threshold is not None:
            axes.axhline(threshold, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1, zorder=1)
        axes.grid()
        axes.margins(0.06)
        axes.set_xlabel(f"{brief(short_title(document['wanted']['title']), 40)}; higher is better")
        axes.set_ylabel(f"{brief(short_title(document['constraint']['title']), 40)}; lower is better")
        figure.legend(loc="outside upper left", ncols=1, frameon=False, borderaxespad=0.1, labelspacing=0.25)
        return to_svg(figure, "trade", "What is wanted against what it costs", _words(points))


def _point(axes: Axes, point: Mapping[str, Any], i: int) -> None:
    colour = SERIES[i % len(SERIES)]
    outline = [*point["ellipse"], point["ellipse"][0]]
    axes.fill(*_columns(outline), color=colour, alpha=0.13, linewidth=0)
    axes.plot(*_columns(outline), color=colour, linewidth=0.9)
    axes.plot(
        [point["wanted"]["estimate"]],
        [point["constraint"]["estimate"]],
        linestyle="none",
        marker=MARKERS[i % len(MARKERS)],
        markersize=6.5,
        color=colour,
        markerfacecolor=colour if point["non_dominated"] else PAPER,
        markeredgewidth=1.5,
        label=f"{brief(point['name'], 32)}{'' if point['non_dominated'] else ' (dominated)'}",
        zorder=3,
    )


def _front(axes: Axes, points: Sequence[Mapping[str, Any]]) -> None:
    """The stairs between the points that are not dominated."""
    places = sorted((point["wanted"]["estimate"], point["constraint"]["estimate"]) for point in points)
    axes.step(*_columns(places), where="pre", color=INK, linewidth=1, linestyle=(0, (1, 2)), zorder=2)


def _columns(places: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [place[0] for place in places], [place[1] for place in places]


def _words(points: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(
        f"{brief(point['name'], 60)}: {number(point['wanted']['estimate'])} at a cost of "
        f"{number(point['constraint']['estimate'])}, {'not dominated' if point['non_dominated'] else 'dominated'}."
        for point in points
    )
