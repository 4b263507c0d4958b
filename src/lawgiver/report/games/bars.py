"""Stacked bars: how a whole is made up, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lawgiver.report.games.axes import LETTER
from lawgiver.report.games.parts import Floats
from lawgiver.report.games.stacks import Look
from lawgiver.report.svg import INK, PAPER, canvas, to_svg
from lawgiver.report.words import brief, percent

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH, PITCH = 300.0, 20.0


def bars(
    name: str,
    title: str,
    caption: str,
    rows: Sequence[str],
    shares_RX: Floats,
    labels: Sequence[str],
    looks: Sequence[Look],
) -> Markup | None:
    """A bar for each row, its parts named where there is room.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        rows: names of the R bars, from the top.
        shares_RX: shares of the X parts; rows with a NaN are left blank.
        labels: names of the parts.
        looks: how they are painted.
    """
    if not np.isfinite(shares_RX).all(axis=1).any():
        return None
    with canvas(WIDTH, PITCH * len(rows) + 30) as (figure, axes):
        for at, shares_X in enumerate(shares_RX):
            if not np.isfinite(shares_X).all():
                continue
            left = 0.0
            for share, label, look in zip(shares_X, labels, looks, strict=True):
                if share < 1e-4:
                    continue
                axes.barh(at, share, 0.78, left, color=look.colour, alpha=look.strength, linewidth=0)
                axes.plot([left + share] * 2, [at - 0.39, at + 0.39], color=PAPER, linewidth=1.0)
                _write(axes, left + share / 2, at, float(share), brief(label, 12), look)
                left += float(share)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        axes.set_yticks(range(len(rows)), [brief(row, 24) for row in rows])
        for text in axes.get_yticklabels():
            text.set_color(INK)
        axes.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        return to_svg(figure, name, title, caption)


def _write(axes: Axes, x: float, y: float, share: float, label: str, look: Look) -> None:
    """The part's name and its share, the name alone, or nothing, as there is room."""
    room = share * (WIDTH - 80) / LETTER
    for words in (f"{label} {percent(share)}", label):
        if len(words) + 0.5 <= room:
            axes.annotate(words, (x, y), ha="center", va="center", color=look.label, fontsize=8)
            return
