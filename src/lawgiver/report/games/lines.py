"""Lines over updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lawgiver.report.games.axes import Phase, mark_phases, plain_axes, thinned
from lawgiver.report.games.parts import Floats
from lawgiver.report.svg import DASHES, MARKERS, MUTED, SERIES, canvas, to_svg
from lawgiver.report.words import brief

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 290.0, 200.0


def lines(
    name: str,
    title: str,
    caption: str,
    x_T: Floats,
    series: Mapping[str, Floats],
    *,
    levels: Mapping[str, float] | None = None,
    phases: Sequence[Phase] = (),
    limits: tuple[float, float] | None = None,
    ylabel: str = "",
) -> Markup | None:
    """Lines over updates, each with its own colour, dash and marker.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        x_T: T updates.
        series: label → T heights, NaN where nothing was measured.
        levels: label → height of a dashed line across.
        phases: marked along the axis.
        limits: least range of heights.
        ylabel: beside the axis.
    """
    shown = {label: line_T for label, line_T in series.items() if np.isfinite(line_T).any()}
    if not shown:
        return None
    from matplotlib.ticker import MaxNLocator

    chosen = thinned(len(x_T))
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        for i, (label, line_T) in enumerate(shown.items()):
            axes.plot(
                x_T[chosen],
                line_T[chosen],
                label=f" {brief(label, 24)}",  # a legend leaves out what begins with an underscore
                color=SERIES[i % len(SERIES)],
                linestyle=DASHES[i % len(DASHES)],
                marker=MARKERS[i % len(MARKERS)],
                markevery=max(1, len(chosen) // 8),
                markersize=4.2,
            )
        if limits:
            low, high = axes.get_ylim()
            margin = 0.03 * (limits[1] - limits[0])
            axes.set_ylim(min(low, limits[0] - margin), max(high, limits[1] + margin))
        for label, height in (levels or {}).items():
            _level(axes, brief(label, 32), height, x_T, list(shown.values()))
        plain_axes(axes)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        axes.set_xlabel("update")
        axes.set_ylabel(ylabel)
        mark_phases(axes, phases, float(x_T[-1]), WIDTH)
        if len(shown) > 1:
            figure.legend(
                loc="outside lower left",
                ncols=3 if max(map(len, shown)) < 12 else 2,
                frameon=False,
                handlelength=2.2,
                columnspacing=1.2,
                borderaxespad=0.1,
                labelspacing=0.25,
            )
        return to_svg(figure, name, title, caption)


def _level(axes: Axes, label: str, height: float, x_T: Floats, shown: Sequence[Floats]) -> None:
    """A dashed line across; its name stands at the end where the curves are farther away."""
    axes.axhline(height, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
    half = (x_T[0] + x_T[-1]) / 2

    def space(side_T: Floats) -> float:
        near = [np.abs(line_T[side_T.astype(bool)] - height) for line_T in shown]
        return float(np.nanmin(np.concatenate([*near, [np.inf]])))

    left = space(x_T < half) > space(x_T >= half)
    axes.annotate(
        label,
        (0 if left else 1, height),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if left else "right",
        color=MUTED,
        fontsize=8.5,
        zorder=4,
    )
