"""The pictures of a guard's evaluation: precision over recall, and what was said against what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.svg import DASHES, MARKERS, MUTED, SERIES, canvas, to_svg
from lawgiver.report.words import brief, number

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 290.0, 240.0
Cell = Mapping[str, Any]


def pr_plot(summary: Mapping[str, Any], name: str) -> Markup | None:
    """Precision over recall, a line a language, and across the level of guards that read nothing."""
    cells = [cell for cell in summary["cells"] if cell["set"] == name and cell["pr"]]
    if not cells:
        return None
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        for i, cell in enumerate(cells):
            points = cell["pr"]
            places = [point[0] for point in points], [point[1] for point in points]
            axes.step(*places, where="pre", **_look(cell, i))
            axes.axhline(cell["baselines"]["constant"]["auprc"], color=MUTED, linestyle=(0, (4, 3)), linewidth=0.9)
        _finish(axes, "recall", "precision")
        figure.legend(loc="outside upper left", ncols=len(cells), frameon=False, borderaxespad=0.1)
        title = f"{cells[0]['title']}: precision over recall"
        return to_svg(figure, f"pr-{name}", title, _words(cells, "auprc", "AUPRC"))


def reliability_plot(summary: Mapping[str, Any], name: str) -> Markup | None:
    """The share that is unsafe over what the guard said, a line a language, and the diagonal of a guard that knows."""
    cells = [cell for cell in summary["cells"] if cell["set"] == name and cell["reliability"]]
    if not cells:
        return None
    with canvas(WIDTH, HEIGHT) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=0.9)
        for i, cell in enumerate(cells):
            bins = cell["reliability"]
            places = [each["mean_score"] for each in bins], [each["unsafe"] for each in bins]
            axes.plot(*places, marker=MARKERS[i % len(MARKERS)], markersize=4.2, **_look(cell, i))
        _finish(axes, "mean probability said", "share unsafe")
        figure.legend(loc="outside upper left", ncols=len(cells), frameon=False, borderaxespad=0.1)
        title = f"{cells[0]['title']}: what was said against what is"
        return to_svg(figure, f"reliability-{name}", title, _words(cells, "ece", "ECE"))


def _look(cell: Cell, i: int) -> dict[str, Any]:
    look = {"color": SERIES[i % len(SERIES)], "linestyle": DASHES[i % len(DASHES)]}
    return {**look, "label": f" {brief(cell['language'], 12)}"}


def _finish(axes: Axes, xlabel: str, ylabel: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid()
    axes.tick_params(length=0)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)


def _words(cells: Sequence[Cell], metric: str, title: str) -> str:
    found = ((cell["language"], cell["metrics"][metric]) for cell in cells)
    return " ".join(f"{at}: {title} {number(each['estimate'])}." for at, each in found if each)
