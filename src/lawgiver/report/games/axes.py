"""What the pictures of games have in common: a sheet of one or more axes, thinned curves, marks of phases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lawgiver.report.svg import INK, MUTED
from lawgiver.report.words import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 240
"""More points of a curve cannot be told apart in a picture of this size."""
LETTER = 5.2
"""Width of a letter of a label, in points."""


class Phase(NamedTuple):
    """A stretch of training."""

    name: str
    first: float
    """Its first update."""
    reached: float | None
    """The update from which the optimum was held."""


def thinned(length: int, most: int = POINTS) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Which of so many points to draw: all, or evenly spread ones with both ends."""
    if length <= most:
        return np.arange(length)
    return np.unique(np.linspace(0, length - 1, most).round().astype(np.intp))


def plain_axes(axes: Axes, *, grid: bool = True) -> None:
    """The look of the page's pictures: no frame, no ticks, faint lines at the heights."""
    if grid:
        axes.grid(axis="y")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)


def mark_phases(axes: Axes, phases: Sequence[Phase], last: float, width: float) -> None:
    """Names of the phases over the axes, a line where one begins, a flag where its optimum was reached.

    Args:
        axes: with their limits set.
        phases: in order; the name of a single one is not written.
        last: the last update.
        width: of the picture in points, by which names are cut.
    """
    several = len(phases) > 1
    for i, phase in enumerate(phases):
        if i:
            axes.axvline(phase.first - 0.5, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), zorder=5)
        if several:
            until = phases[i + 1].first if i + 1 < len(phases) else last
            room = (width - 40) * (until - phase.first) / max(1.0, last - phases[0].first) / LETTER
            _over(axes, phase.first, 3, brief(phase.name, max(8 if phase is phases[-1] else 3, int(room))), "left")
        if phase.reached is not None:
            axes.axvline(phase.reached, color=INK, linewidth=1.1, zorder=5)
            if several:
                _over(axes, phase.reached, 15, f"▾ {phase.reached:g}", "center")
            else:
                right = phase.reached > (phase.first + last) / 2
                _over(axes, phase.reached, 3, f"optimum from {phase.reached:g}", "right" if right else "left")


def lines_of(phases: Sequence[Phase]) -> list[float]:
    """Where `mark_phases` draws its lines."""
    return [phase.first - 0.5 for phase in phases[1:]] + [p.reached for p in phases if p.reached is not None]


def _over(axes: Axes, x: float, height: float, words: str, side: str) -> None:
    axes.annotate(
        words,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, height),
        textcoords="offset points",
        ha=side,
        va="bottom",
        color=MUTED,
        fontsize=8.5,
        annotation_clip=False,
    )
