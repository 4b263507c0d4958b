"""Training curves: action types, objective, legality, distance to the optimum, prices of limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Plot, Plots, Prose
from lawgiver.report.games.lines import lines
from lawgiver.report.games.material import Curves, GamesMaterial, TrainRun
from lawgiver.report.games.parts import Floats, known
from lawgiver.report.games.types import phases, type_legend, type_picture
from lawgiver.report.words import clean, first_upper, listed, number, percent

Lines = dict[str, Floats]
WIDE, SIDE = (480.0, 220.0), (330.0, 220.0)
"""Sizes of the picture of action types: alone, and next to another."""


def build(material: GamesMaterial) -> dict[str, Any]:
    """Action types first, since everything else follows from them."""
    run = material.only
    if not run.learners:
        return {"missing": "No update has been logged yet, so there are no curves."}
    weighed = (
        "Shares of decisions by own action and by what the other did before, every history that can occur "
        "weighed alike; the policy is the one before each update."
    )
    types: list[Plot] = []
    for seat in range(len(run.learners)):
        title = first_upper(f"{run.seat_name(seat)} learner’s action types" if run.seat_name(seat) else "action types")
        size = SIDE if len(run.learners) > 1 else WIDE
        svg, caption = type_picture(run, seat, f"types-{seat}", title, size=size)
        types.append(Plot(title, caption, svg))
    blocks: list[Block] = [Prose(weighed), type_legend(run.names)]
    return {"blocks": [*blocks, Plots(types, "grid" if len(types) > 1 else "wide"), Plots(_plots(run))]}


def _plots(run: TrainRun) -> list[Plot]:
    steps_T = np.array(run.steps, dtype=np.float64)
    marks = phases(run)

    def plot(name: str, title: str, caption: str, series: Lines, **look: Any) -> Plot:
        return Plot(title, caption, lines(name, title, caption, steps_T, series, phases=marks, **look))

    objective, legal = _each(run, objective="objective"), _each(run, mean="legal", least="legal_least")
    gap, kl = _each(run, gap="gap"), _each(run, kl="kl")
    costs, multipliers = _groups(run, "costs"), _groups(run, "multipliers")
    tolerance = {"counts as reached": run.tolerance} if run.tolerance is not None else {}
    bounds = {f"at most {limit:g}": limit for name, limit in run.limits.items() if any(name in key for key in costs)}
    return [
        plot("objective", "Objective", _moved(objective), objective, ylabel="payoff units a decision"),
        plot("legality", "Legal answers", _legal(legal), legal, limits=(0, 1)),
        plot("gap", "Distance to the optimum", _gap(gap, run), gap, levels=tolerance, limits=(0, 1)),
        plot("kl", "Distance from where it began", _moved(kl), kl, limits=(0, 0.01), ylabel="KL, nats an answer"),
        plot("costs", "Costs under a limit", _costs(costs, run), costs, levels=bounds, limits=(0, 0.1)),
        plot("prices", "Prices λ of the limits", _moved(multipliers), multipliers, limits=(0, 0.1)),
    ]


def _each(run: TrainRun, **keys: str) -> Lines:
    """The series of every learner; a name tells apart what needs to be told apart."""
    return {
        " ".join(word for word in (run.seat_name(seat), label if len(keys) > 1 else "") if word)
        or label: curves.series[key]
        for seat, curves in enumerate(run.learners)
        for label, key in keys.items()
    }


def _groups(run: TrainRun, key: str) -> Lines:
    def group(curves: Curves) -> Lines:
        return curves.costs if key == "costs" else curves.multipliers

    return {
        f"{run.seat_name(seat)} {name}".strip(): line
        for seat, curves in enumerate(run.learners)
        for name, line in group(curves).items()
    }


def _ends(line_T: Floats) -> tuple[float | None, float | None]:
    fine = line_T[np.isfinite(line_T)]
    return (known(fine[0]), known(fine[-1])) if len(fine) else (None, None)


def _moved(series: Lines) -> str:
    parts = []
    for label, line_T in series.items():
        first, last = _ends(line_T)
        if first is not None:
            subject = "It" if len(series) == 1 else first_upper(clean(label))
            parts.append(f"{subject} went from {number(first)} to {number(last)}")
    return f"{listed(parts)}." if parts else "Not recorded."


def _legal(series: Lines) -> str:
    worst = [last for label, line_T in series.items() if "least" in label and (last := _ends(line_T)[1]) is not None]
    if not worst:
        return "How much of an answer is one of the allowed words."
    return (
        f"How much of an answer is one of the allowed words: in the end at least {percent(min(worst))} on any prompt."
    )


def _gap(series: Lines, run: TrainRun) -> str:
    last = [end for line_T in series.values() if (end := _ends(line_T)[1]) is not None]
    meaning = "Largest 1 − P(best action) of any prompt where one action is best"
    if run.finished and run.tolerance is not None and max(last, default=0) > run.tolerance:
        return f"{meaning}; it ends at {number(max(last))}, above the {run.tolerance:g} that count as reached."
    return f"{meaning}; it ends at {number(max(last, default=None))}."


def _costs(series: Lines, run: TrainRun) -> str:
    parts = []
    for label, line_T in series.items():
        last = _ends(line_T)[1]
        limit = next((limit for name, limit in run.limits.items() if label.endswith(name)), None)
        if last is not None:
            against = "" if limit is None else f", {'within' if last <= limit else 'over'} its limit of {limit:g}"
            parts.append(f"{clean(label)} ends at {number(last)}{against}")
    return f"{first_upper(listed(parts))}." if parts else "Not recorded."
