"""The rows of `moral.py` as a picture: where each run ended, beside its optimum, and how legal its answers are.

python benchmarks/moral_plot.py docs/results/moral.jsonl docs/results/moral.svg
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from moral import FRAMEWORKS, OPPONENTS

from lawgiver.data import read_jsonl

STATES = ("CC", "CD", "DC", "DD")
MARKERS = "osD"
INK, DOT, MISSED = "#444444", "#3366aa", "#bb4400"
TITLES = {"game": "Game", "de": "De", "ut": "Ut", "game_de": "Game+De"}


def panel(axes: Axes, rows: list[dict[str, Any]], framework: str) -> None:
    """P(C) after each history, held-out words: one marker a seed and seat, a bar at the optimum."""
    for column, opponent in enumerate(OPPONENTS):
        of = [row for row in rows if (row["framework"], row["opponent"]) == (framework, opponent)]
        for row in of:
            for seat, (optimum, p_H) in enumerate(zip(row["optimum"], row["p_C"]["held_out"], strict=True)):
                for state, (best, p) in enumerate(zip(optimum, p_H, strict=True)):
                    x = 5 * column + state
                    if best in "CD":
                        axes.plot([x - 0.4, x + 0.4], [float(best == "C")] * 2, color=INK, linewidth=1)
                    if best != "·":
                        shift = 0.18 * (row["seed"] - 1) + 0.06 * seat
                        axes.plot(x + shift, p, MARKERS[row["seed"]], color=DOT, markersize=3, fillstyle="none")
        axes.text(5 * column + 1.5, 1.12, opponent, ha="center", fontsize=7)
    ticks = [5 * column + state for column in range(len(OPPONENTS)) for state in range(4)]
    axes.set_xticks(ticks, [STATES[tick % 5] for tick in ticks], fontsize=5, rotation=90)
    axes.set_ylim(-0.06, 1.3)
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylabel(f"{TITLES[framework]}\nP(C)", fontsize=8)


def legality(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """The least legal seat of every run on held-out words; those below the target stand out by shape as well."""
    for place, framework in enumerate(FRAMEWORKS):
        for column, opponent in enumerate(OPPONENTS):
            for row in rows:
                if (row["framework"], row["opponent"]) == (framework, opponent):
                    legal = min(row["legal"]["held_out"])
                    missed = legal < 0.99
                    x = 6 * place + column + 0.15 * (row["seed"] - 1)
                    axes.plot(x, legal, "x" if missed else "o", color=MISSED if missed else DOT, markersize=4)
    axes.axhline(0.99, color=INK, linewidth=0.8, linestyle="--")
    names = [opponent for _ in FRAMEWORKS for opponent in OPPONENTS]
    axes.set_xticks([6 * p + c for p in range(len(FRAMEWORKS)) for c in range(len(OPPONENTS))], names, fontsize=6)
    axes.tick_params(axis="x", rotation=90)
    for place, framework in enumerate(FRAMEWORKS):
        axes.text(6 * place + 2, 1.002, TITLES[framework], ha="center", fontsize=7)
    axes.set_ylim(0.955, 1.006)
    axes.set_ylabel("legal, held out", fontsize=8)


def main() -> None:
    """Draw the rows of a file."""
    source, target = map(Path, sys.argv[1:3])
    rows = read_jsonl(source)
    mpl.rcParams |= {"svg.hashsalt": "moral", "svg.fonttype": "none"}
    figure = Figure(figsize=(7.5, 9), layout="constrained")
    *panels, last = figure.subplots(len(FRAMEWORKS) + 1, 1, gridspec_kw={"height_ratios": [1, 1, 1, 1, 1.3]})
    for axes, framework in zip(panels, FRAMEWORKS, strict=True):
        panel(axes, rows, framework)
    legality(last, rows)
    figure.savefig(target, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
