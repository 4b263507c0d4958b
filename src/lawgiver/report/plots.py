"""One function a figure. Each returns an SVG for the page, or None where nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import DASHES, INK, LINE, MARKERS, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import clean, finite, number, short_title

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

Series = Mapping[str, Sequence[float | None]]
WIDTH, HEIGHT = 330.0, 208.0


def curves(
    name: str,
    title: str,
    caption: str,
    steps: Sequence[int],
    series: Series,
    *,
    bold: str | None = None,
    levels: Mapping[str, float] | None = None,
    unit: str = "",
    limits: tuple[float, float] | None = None,
) -> Markup | None:
    """Lines over training steps.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        steps: T step numbers.
        series: label → T numbers, None where nothing was measured.
        bold: the label of the line that stands out.
        levels: label → height of a dashed line across, such as a budget.
        unit: under the axis of heights.
        limits: least range of the axis of heights.
    """
    known = {label: _floats(line) for label, line in series.items()}
    known = {label: line for label, line in known.items() if any(math.isfinite(y) for y in line)}
    if not known:
        return None
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        every = max(1, len(steps) // 8)
        for i, (label, line) in enumerate(known.items()):
            look: dict[str, Any] = {"color": SERIES[i % len(SERIES)], "linestyle": DASHES[i % len(DASHES)]}
            if label == bold:
                look = {"color": INK, "linestyle": "-", "linewidth": 2.4, "zorder": 3}
            axes.plot(
                steps, line, label=clean(label), marker=MARKERS[i % len(MARKERS)], markevery=every,
                markersize=4.2, **look,
            )  # fmt: skip
        for label, height in (levels or {}).items():
            axes.axhline(height, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
            axes.annotate(
                clean(label), (1, height), xycoords=("axes fraction", "data"), xytext=(0, 3),
                textcoords="offset points", ha="right", color=MUTED, fontsize=8.5,
            )  # fmt: skip
        if limits:
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, limits[0]), max(high, limits[1]))
        axes.grid(axis="y")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=7)
        axes.set_xlabel("training step")
        axes.set_ylabel(unit)
        if len(known) > 1:
            figure.legend(
                loc="outside upper left", ncols=3, frameon=False, handlelength=2.4, columnspacing=1.4,
                borderaxespad=0.1, labelspacing=0.25,
            )  # fmt: skip
        return to_svg(figure, name, title, caption)


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
    with canvas(360, 62 + pitch * len(metrics)) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=1)
        for row, entries in enumerate(metrics.values()):
            _forest_row(axes, row * pitch, entries)
        for i, (label, _) in enumerate(changes):
            axes.plot([], [], **_mark(i), label=clean(label))
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
        return to_svg(figure, "forest", "Paired changes with 95 % intervals", _forest_words(changes))


def _forest_row(axes: Axes, top: float, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    metric = entries[0][1]
    way = "higher is better" if metric.get("higher_is_better", True) else "lower is better"
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center"}
    halo: dict[str, Any] = {"boxstyle": "square,pad=0.15", "facecolor": PAPER, "edgecolor": "none"}
    axes.axhline(top - 4, color=LINE, linewidth=0.6)
    axes.annotate(short_title(metric.get("title", "")), (0, top + 7), ha="left", bbox=halo, **place)
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


def _forest_words(changes: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    parts = []
    for label, comparison in changes:
        for metric in comparison.get("metrics", []):
            if d := metric.get("difference"):
                name = short_title(metric.get("title", ""))
                low, mid, high = (number(d.get(key)) for key in ("low", "estimate", "high"))
                parts.append(f"{name}, {label}: {mid} from {low} to {high}.")
    return " ".join(parts)


def _floats(line: Sequence[float | None]) -> list[float]:
    return [math.nan if (x := finite(y)) is None else x for y in line]
