"""The pictures of a preference model: where scores of held-out answers lie, and what they say against what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lawgiver.report.svg import DASHES, INK, MARKERS, MUTED, SERIES, canvas, to_svg
from lawgiver.report.words import number

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

    from lawgiver.guard.metrics import Bin

WIDTH, HEIGHT = 290.0, 220.0
BINS = 24


def histogram(name: str, title: str, caption: str, groups: dict[str, NDArray[np.float64]], zero: str) -> Markup | None:
    """Shares of two kinds of answers by score, with the zero as a line.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        groups: kind → its scores.
        zero: what the score of 0 means.
    """
    every = np.concatenate(list(groups.values()))
    if not every.size:
        return None
    edges = np.histogram_bin_edges(np.append(every, 0.0), bins=BINS)
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        for i, (label, scores) in enumerate(groups.items()):
            if not scores.size:
                continue
            share = np.histogram(scores, edges)[0] / scores.size
            axes.stairs(share, edges, fill=True, color=SERIES[i], alpha=0.22)
            axes.stairs(share, edges, color=SERIES[i], linestyle=DASHES[i], label=f"{label}, {scores.size}")
        axes.axvline(0, color=INK, linewidth=1.2)
        axes.annotate(
            zero, (0, 1), xycoords=("data", "axes fraction"), xytext=(3, -3), textcoords="offset points", va="top",
            color=MUTED, fontsize=8.5,
        )  # fmt: skip
        _finish(axes, "score", "share of the answers")
        figure.legend(loc="outside upper left", ncols=2, frameon=False, borderaxespad=0.1)
        words = " ".join(f"{k}: {n.size} answers, median {number(np.median(n))}." for k, n in groups.items() if n.size)
        return to_svg(figure, name, title, f"{caption} {words}")


def reliability(name: str, title: str, caption: str, bins: list[Bin], least: float) -> Markup | None:
    """What was said against what is, a point a bin, and the diagonal of a model that knows.

    Args:
        name: unique on the page.
        title: of the picture.
        caption: what to see in it.
        bins: from the lowest to the highest.
        least: where the axes begin: ½ where a probability is never below.
    """
    if not bins:
        return None
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        axes.plot([least, 1], [least, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=0.9)
        axes.plot(
            [each.mean_score for each in bins], [each.unsafe for each in bins], color=SERIES[0], marker=MARKERS[0],
            markersize=4.2,
        )  # fmt: skip
        axes.set_xlim(least - 0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        _finish(axes, "mean probability said", "share that is so")
        words = " ".join(f"{number(b.mean_score)} said, {number(b.unsafe)} is, of {b.n}." for b in bins)
        return to_svg(figure, name, title, f"{caption} {words}")


def _finish(axes: Axes, xlabel: str, ylabel: str) -> None:
    axes.grid(axis="y")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
