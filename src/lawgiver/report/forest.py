"""The forest plot: paired differences with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import INK, LINE, MARKERS, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief, finite, number, short_title

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes


def forest(changes: Sequence[tuple[str, Mapping[str, Any]]]) -> Markup | None:
    """Paired differences with their intervals, a row a metric, a mark a comparison.

    Args:
        changes: label of each comparison, and the comparison as `compare_runs` returned it.
    """
    metrics: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for i, (_, comparison) in enumerate(changes):
        for metric in comparison.get("metrics", []):
            if metric.get("difference"):
                metrics.setdefault(metric["name"], []).append((i, metric))
    if not metrics:
        return None
    pitch = 30 + 13 * len(changes)
    with canvas(320, 62 + pitch * len(metrics)) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=1)
        for row, entries in enumerate(metrics.values()):
            _row(axes, row * pitch, entries)
        for i, (label, _) in enumerate(changes):
            axes.plot([], [], **_mark(i), label=brief(label, 60))
        axes.set_ylim(pitch * len(metrics) - 8, -8)
        axes.set_yticks([])
        axes.grid(axis="x")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.04)
        axes.set_xlabel("change, in the metric's own units")
        figure.legend(
            loc="outside upper left",
            ncols=1,
            frameon=False,
            borderaxespad=0.1,
            labelspacing=0.3,
            handlelength=2,
        )
        return to_svg(figure, "forest", "Paired changes with 95 % intervals", _words(changes))


def _row(axes: Axes, top: float, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    metric = entries[0][1]
    way = "higher is better" if metric.get("higher_is_better", True) else "lower is better"
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center"}
    halo: dict[str, Any] = {"boxstyle": "square,pad=0.15", "facecolor": PAPER, "edgecolor": "none"}
    axes.axhline(top - 4, color=LINE, linewidth=0.6)
    axes.annotate(brief(short_title(metric.get("title", "")), 32), (0, top + 7), ha="left", bbox=halo, **place)
    axes.annotate(way, (1, top + 7), ha="right", color=MUTED, fontsize=8.5, bbox=halo, **place)
    for i, entry in entries:
        interval = entry["difference"]
        low, mid, high = (finite(interval.get(key)) for key in ("low", "estimate", "high"))
        if low is None or mid is None or high is None:
            continue
        y = top + 24 + 13 * i
        axes.plot([low, high], [y, y], color=SERIES[i % len(SERIES)], linewidth=2, solid_capstyle="round")
        axes.plot([mid], [y], **_mark(i))


def _mark(i: int) -> dict[str, Any]:
    colour = SERIES[i % len(SERIES)]
    hollow = PAPER if i % 2 else colour
    return {
        "marker": MARKERS[i % len(MARKERS)],
        "markersize": 6,
        "color": colour,
        "markerfacecolor": hollow,
        "markeredgewidth": 1.6,
    }


def _words(changes: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    parts = []
    for label, comparison in changes:
        for metric in comparison.get("metrics", []):
            if d := metric.get("difference"):
                name = short_title(metric.get("title", ""))
                low, mid, high = (number(d.get(key)) for key in ("low", "estimate", "high"))
                parts.append(f"{name}, {label}: {mid} from {low} to {high}.")
    return " ".join(parts)
