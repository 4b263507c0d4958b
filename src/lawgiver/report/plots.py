"""Curves over training steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import DASHES, INK, MARKERS, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief, finite

if TYPE_CHECKING:
    from markupsafe import Markup

Series = Mapping[str, Sequence[float | None]]
WIDTH, HEIGHT = 290.0, 196.0


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
    from matplotlib.ticker import MaxNLocator

    with canvas(WIDTH, HEIGHT) as (figure, axes):
        every = max(1, len(steps) // 8)
        for i, (label, line) in enumerate(known.items()):
            look: dict[str, Any] = {"color": SERIES[i % len(SERIES)], "linestyle": DASHES[i % len(DASHES)]}
            if label == bold:
                look = {"color": INK, "linestyle": "-", "linewidth": 2.4, "zorder": 3}
            axes.plot(
                steps,
                line,
                label=brief(label, 24),
                marker=MARKERS[i % len(MARKERS)],
                markevery=every,
                markersize=4.2,
                **look,
            )
        for label, height in (levels or {}).items():
            axes.axhline(height, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
            axes.annotate(
                brief(label),
                (1, height),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3.5),
                textcoords="offset points",
                ha="right",
                color=MUTED,
                fontsize=8.5,
                bbox={"boxstyle": "square,pad=0.08", "facecolor": PAPER, "edgecolor": "none"},
                zorder=4,
            )
        if limits:
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, limits[0]), max(high, limits[1]))
        axes.grid(axis="y")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        axes.set_xlabel("training step")
        axes.set_ylabel(unit)
        if len(known) > 1:
            figure.legend(
                loc="outside upper left",
                ncols=3 if max(map(len, known)) < 12 else 2,
                frameon=False,
                handlelength=2.2,
                columnspacing=1.2,
                borderaxespad=0.1,
                labelspacing=0.25,
            )
        return to_svg(figure, name, title, caption)


def _floats(line: Sequence[float | None]) -> list[float]:
    return [math.nan if (x := finite(y)) is None else x for y in line]
