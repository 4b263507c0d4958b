"""Estimates with their intervals, a row each: rankings, takeovers, regrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lawgiver.report.games.parts import real
from lawgiver.report.svg import INK, LINE, MARKERS, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH = 330.0


@dataclass(frozen=True)
class Dot:
    """One estimate; ends of the interval are None where it was computed."""

    estimate: float | None
    low: float | None = None
    high: float | None = None


def dots(
    name: str,
    title: str,
    caption: str,
    rows: Sequence[tuple[str, Sequence[Dot]]],
    *,
    series: Sequence[str] = (),
    levels: Mapping[str, float] | None = None,
    xlabel: str = "",
    limits: tuple[float, float] | None = None,
    width: float = WIDTH,
    legend_here: bool = True,
) -> Markup | None:
    """A row for each name, in it a mark for each series.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        rows: name and one dot per series.
        series: what the marks are, if there are several.
        levels: label → place of a dashed line down, named over the rows.
        xlabel: under the axis.
        limits: least range of the axis.
        width: of the picture, in points.
        legend_here: whether the picture says itself what its marks are.
    """
    if not any(real(dot.estimate) is not None for _, row in rows for dot in row):
        return None
    many = max(1, len(series))
    apart = 7.0 if many < 6 else 5.0
    pitch = 18.0 if many == 1 else 9.0 + apart * many
    above = 14.0 * len(levels or {})
    legend = 14.0 * -(-len(series) // 3) + 6 if legend_here and many > 1 else 0.0
    with canvas(width, pitch * len(rows) + 44 + above + legend) as (figure, axes):
        for at, (_, row) in enumerate(rows):
            if many == 1:
                axes.axhline(at, color=LINE, linewidth=0.6)
            for i, dot in enumerate(row):
                _dot(axes, dot, at + (i - (many - 1) / 2) * apart / pitch, i)
            if many > 1 and at:
                axes.axhline(at - 0.5, color=LINE, linewidth=0.6)
        for i, label in enumerate(series if many > 1 else ()):
            axes.plot([], [], label=f" {brief(label, 28)}", **_mark(i))
        _levels(axes, levels or {})
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), [brief(label, 30) for label, _ in rows])
        for text in axes.get_yticklabels():
            text.set_color(INK)
        if limits:
            low, high = axes.get_xlim()
            margin = 0.03 * (limits[1] - limits[0])
            axes.set_xlim(min(low, limits[0] - margin), max(high, limits[1] + margin))
        axes.grid(axis="x")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(xlabel)
        if legend:
            figure.legend(
                loc="outside upper left", ncols=3, frameon=False, handlelength=1.2, columnspacing=1.2,
                borderaxespad=0.1, labelspacing=0.3,
            )  # fmt: skip
        return to_svg(figure, name, title, caption)


def _dot(axes: Axes, dot: Dot, y: float, i: int) -> None:
    estimate, low, high = real(dot.estimate), real(dot.low), real(dot.high)
    if estimate is None:
        return
    if low is not None and high is not None and low < high:
        axes.plot([low, high], [y, y], color=SERIES[i % len(SERIES)], linewidth=2, solid_capstyle="round")
    axes.plot([estimate], [y], **_mark(i))


def _mark(i: int) -> dict[str, Any]:
    colour = SERIES[i % len(SERIES)]
    return {
        "linestyle": "none",
        "marker": MARKERS[i % len(MARKERS)],
        "markersize": 5.5,
        "color": colour,
        "markerfacecolor": PAPER if (i + i // len(SERIES)) % 2 else colour,
        "markeredgewidth": 1.5,
    }


def _levels(axes: Axes, levels: Mapping[str, float]) -> None:
    """Dashed lines down, each name in a line of its own, so that close ones do not cover each other."""
    places = sorted(levels.items(), key=lambda level: level[1])
    known = [value for _, value in places]
    for i, (label, place) in enumerate(places):
        axes.axvline(place, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1, zorder=1)
        right = place > (known[0] + known[-1]) / 2
        axes.annotate(
            brief(label, 34),
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-2 if right else 2, 3 + 13.0 * (len(places) - 1 - i)),
            textcoords="offset points",
            ha="right" if right else "left",
            color=MUTED,
            fontsize=8.5,
            annotation_clip=False,
        )
