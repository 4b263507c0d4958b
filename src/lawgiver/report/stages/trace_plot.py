"""The picture of a search for λ: what was measured at each λ, the budget, and what the dual foretold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import INK, MUTED, PAPER, SERIES, canvas, to_svg
from lawgiver.report.words import brief, number

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 460.0, 270.0
HALO: dict[str, Any] = {"boxstyle": "square,pad=0.12", "facecolor": PAPER, "edgecolor": "none"}


@dataclass(frozen=True)
class Point:
    """A measured training."""

    multiplier: float
    cost: float
    low: float
    high: float


@dataclass(frozen=True)
class Foretold:
    """What the dual computed from samples of the reference."""

    multiplier: float
    cost: float


def trace_plot(
    points: Sequence[Point],
    threshold: float,
    tolerance: float,
    *,
    foretold: Foretold | None,
    untrained: float | None,
    chosen: float | None,
    quantity: str,
    caption: str,
) -> Markup | None:
    """λ on a logarithmic axis against the measured cost, trainings numbered in order.

    Args:
        points: trainings in order, λ above 0.
        threshold: the budget, drawn as a line.
        tolerance: a cost up to so much below it ends the search, drawn as a band.
        foretold: drawn as a diamond.
        untrained: the cost at λ = 0, of the reference's own samples; has no place on the axis and gets a line.
        chosen: λ of the training the run stands for.
        quantity: what is measured, beside the axis.
        caption: what to see in it.
    """
    if not points:
        return None
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        axes.axhspan(threshold - tolerance, threshold, color=SERIES[2], alpha=0.2, linewidth=0)
        _level(axes, threshold, f"budget {number(threshold, 3)}")
        if untrained is not None:
            axes.axhline(untrained, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.1)
            _name(axes, untrained, f"before the stage, λ = 0: {number(untrained, 3)}", "left")
        for order, point in enumerate(points, 1):
            _training(axes, order, point, solid=point.multiplier == chosen)
        if foretold is not None:
            axes.plot(
                [foretold.multiplier], [foretold.cost], "D", color=SERIES[1], markerfacecolor=PAPER, markersize=6.5,
                markeredgewidth=1.6, zorder=4,
            )  # fmt: skip
            _beside(axes, foretold.multiplier, foretold.cost, "dual", -13, SERIES[1])
        _scale(axes, [p.multiplier for p in points] + ([foretold.multiplier] if foretold else []))
        axes.margins(y=0.12)
        axes.grid(axis="y")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("λ, logarithmic")
        axes.set_ylabel(brief(quantity, 44))
        return to_svg(figure, "trace", "The search for λ", f"{caption} {_words(points)}")


def _training(axes: Axes, order: int, point: Point, *, solid: bool) -> None:
    colour = SERIES[0]
    axes.plot([point.multiplier] * 2, [point.low, point.high], color=colour, linewidth=1.8, solid_capstyle="butt")
    axes.plot(
        [point.multiplier], [point.cost], "o", color=colour, markerfacecolor=colour if solid else PAPER, markersize=7,
        markeredgewidth=1.6, zorder=4,
    )  # fmt: skip
    _beside(axes, point.multiplier, point.cost, str(order), 10, INK)


def _beside(axes: Axes, x: float, y: float, words: str, away: float, colour: str) -> None:
    axes.annotate(
        words, (x, y), xytext=(away, 0), textcoords="offset points", ha="left" if away > 0 else "right", va="center",
        color=colour, bbox=HALO, zorder=5,
    )  # fmt: skip


def _level(axes: Axes, height: float, words: str) -> None:
    axes.axhline(height, color=INK, linestyle=(0, (4, 3)), linewidth=1.2)
    _name(axes, height, words, "right")


def _name(axes: Axes, height: float, words: str, side: str) -> None:
    axes.annotate(
        words, (0 if side == "left" else 1, height), xycoords=("axes fraction", "data"), xytext=(0, 3.5),
        textcoords="offset points", ha=side, color=MUTED, fontsize=8.5, bbox=HALO, zorder=3,
    )  # fmt: skip


def _scale(axes: Axes, multipliers: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(min(multipliers) / 1.6, max(multipliers) * 1.6)
    wide = max(multipliers) / min(multipliers) > 100
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))


def _words(points: Sequence[Point]) -> str:
    return " ".join(
        f"Training {order}: λ {number(p.multiplier)}, {number(p.cost, 3)} from {number(p.low, 3)} to "
        f"{number(p.high, 3)}."
        for order, p in enumerate(points, 1)
    )
