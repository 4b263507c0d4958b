"""Stacked shares over time: action types over updates, players over generations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lawgiver.report.games.axes import LETTER, Phase, lines_of, mark_phases, plain_axes, thinned
from lawgiver.report.games.parts import Floats
from lawgiver.report.svg import INK, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 290.0, 200.0
PALE = 0.4
"""Opacity under which a label is written in ink, not in paper."""


class Look(NamedTuple):
    """How a layer is painted."""

    series: int
    """Colour of the page, from 1; 0 is the muted one."""
    strength: float
    """Opacity."""

    @property
    def colour(self) -> str:
        """The stand-in colour, see `svg`."""
        return SERIES[(self.series - 1) % len(SERIES)] if self.series else MUTED

    @property
    def label(self) -> str:
        """What can be read on it."""
        return INK if self.strength <= PALE + 0.15 else PAPER


def stack(
    name: str,
    title: str,
    caption: str,
    x_T: Floats,
    shares_TX: Floats,
    labels: Sequence[str],
    looks: Sequence[Look],
    *,
    phases: Sequence[Phase] = (),
    xlabel: str = "update",
    whole: bool = True,
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Markup | None:
    """Areas on top of each other, the first at the bottom, each with its name where there is room.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        x_T: T places.
        shares_TX: shares of X layers, which add up to 1.
        labels: names of the layers.
        looks: how they are painted.
        phases: marked along the axis.
        xlabel: under the axis.
        whole: whether only whole numbers are places.
        size: in points.
    """
    fine_T = np.isfinite(shares_TX).all(axis=1) & np.isfinite(x_T)
    if not fine_T.any():
        return None
    chosen = np.flatnonzero(fine_T)[thinned(int(fine_T.sum()))]
    x, shares = x_T[chosen], shares_TX[chosen]
    if len(x) == 1:  # one point has no width
        x, shares = np.array([x[0] - 0.5, x[0] + 0.5]), np.repeat(shares, 2, axis=0)
    edges = np.concatenate([np.zeros((len(x), 1)), np.cumsum(shares, axis=1)], axis=1)
    from matplotlib.ticker import MaxNLocator

    with canvas(*size) as (figure, axes):
        for i, (label, look) in enumerate(zip(labels, looks, strict=True)):
            low, high = edges[:, i], edges[:, i + 1]
            if (high - low).max() < 1e-4:
                continue
            axes.fill_between(x, low, high, color=look.colour, alpha=look.strength, linewidth=0)
            axes.plot(x, high, color=PAPER, linewidth=0.9)
            _name(axes, x, low, high, brief(label, 16), look, size, lines_of(phases))
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(0, 1)
        plain_axes(axes, grid=False)
        axes.set_yticks([0, 0.5, 1], ["0", "50", "100 %"])
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=whole))
        axes.set_xlabel(xlabel)
        mark_phases(axes, phases, float(x[-1]), size[0])
        return to_svg(figure, name, title, caption)


def _name(
    axes: Axes,
    x: Floats,
    low: Floats,
    high: Floats,
    label: str,
    look: Look,
    size: tuple[float, float],
    lines: Sequence[float],
) -> None:
    """Write a layer's name in its middle, where it is thickest over the length of the name and no line crosses it."""
    span = x[-1] - x[0]
    room = LETTER * (len(label) + 2) / (size[0] - 40) * span  # the width of the name along the axis
    if room >= span:
        return
    best, where = 0.0, None
    for left in np.linspace(x[0], x[-1] - room, 41):
        inside = np.linspace(left, left + room, 7)
        bottom, top = np.interp(inside, x, low).max(), np.interp(inside, x, high).min()
        crossed = any(left <= line <= left + room for line in lines)
        if not crossed and top - bottom > best + 1e-3:
            best, where = top - bottom, (left + room / 2, (top + bottom) / 2)
    if where is not None and best * (size[1] - 40) >= 11:
        axes.annotate(label, where, ha="center", va="center", color=look.label, fontsize=9, zorder=4)
