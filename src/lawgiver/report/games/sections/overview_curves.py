"""Action types over updates, a small picture for each framework and opponent."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Heading, Plot, Plots, Prose
from lawgiver.report.games.entries import Entry, by_game, cells_of
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Floats
from lawgiver.report.games.stacks import stack
from lawgiver.report.games.types import ended, phases, type_curves, type_legend, type_looks
from lawgiver.report.words import clean

SMALL = (230.0, 150.0)


def build(material: GamesMaterial) -> dict[str, Any]:
    """Action types over updates, one small picture for each framework and opponent."""
    blocks: list[Block] = [
        Prose(
            "Stacked shares of action types at each update, the mean over seeds; every history that can occur is "
            "weighed alike. A seed that stopped at its optimum stays in the mean with its last policy."
        )
    ]
    cells = cells_of(material.train)
    drawn = 0
    for game, group in by_game(cells):
        first = next(iter(group.values()))[0].run
        blocks += [Heading(clean(game)), type_legend(first.names)]
        for opponent in dict.fromkeys(key[1] for key in group):
            plots = []
            for key, seeds in group.items():
                if key[1] == opponent:
                    plots.append(_small(seeds, f"small-{drawn}", key[2]))
                    drawn += 1
            blocks += [Prose(f"Against {clean(opponent)}"), Plots(plots, "small")]
    return {"blocks": blocks} if drawn else {"missing": "No update has been logged yet, so there are no curves."}


def _small(seeds: list[Entry], name: str, title: str) -> Plot:
    """The mean over seeds of the shares of action types."""
    lines = [type_curves(entry.run, entry.index) for entry in seeds if entry.run.learners]
    if not lines:
        return Plot(clean(title), "", None)
    shares_TX = _mean(lines)
    names = seeds[0].run.names
    caption = ended(shares_TX, names, 2)
    marks = phases(max((entry.run for entry in seeds), key=lambda run: len(run.steps)))
    marks = [phase._replace(reached=None) for phase in marks]
    steps_T = np.arange(1, len(shares_TX) + 1, dtype=np.float64)
    svg = stack(name, title, caption, steps_T, shares_TX, names.types, type_looks(names), phases=marks, size=SMALL)
    return Plot(clean(title), caption, svg)


def _mean(lines: list[Floats]) -> Floats:
    """Of curves of unequal length, the shorter ones continued with their last values."""
    longest = max(len(line) for line in lines)
    padded = [np.concatenate([line, np.repeat(line[-1:], longest - len(line), axis=0)]) for line in lines]
    average: Floats = np.mean(padded, axis=0)
    return average
