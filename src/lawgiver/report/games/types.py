"""Action types: their colours, what they mean, and the picture of their shares over updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lawgiver.report.games.axes import Phase
from lawgiver.report.games.blocks import Legend, Swatch
from lawgiver.report.games.material import TrainRun
from lawgiver.report.games.naming import ILLEGAL, Names, type_shares
from lawgiver.report.games.parts import Floats
from lawgiver.report.games.stacks import HEIGHT, WIDTH, Look, stack
from lawgiver.report.words import clean, count, listed, percent

if TYPE_CHECKING:
    from markupsafe import Markup

STRONG, FAINT = 0.92, 0.34


def type_looks(names: Names) -> list[Look]:
    """A colour for each action, the muted one for illegal answers; the paler, the less the others cooperated."""
    strengths = np.linspace(STRONG, FAINT, max(2, len(names.after)))[: len(names.after)]
    series = [*(i % 6 + 1 for i in range(len(names.actions))), 0]
    return [Look(colour, float(strength)) for colour in series for strength in strengths]


def type_legend(names: Names) -> Legend:
    """What the action types mean, in the order of the stack."""
    entries = [
        Swatch(clean(label), _meaning(label, names), look.series, look.strength)
        for label, look in zip(names.types, type_looks(names), strict=True)
    ]
    return Legend(entries[::-1])


def _meaning(label: str, names: Names) -> str:
    action, _, after = label.partition("|")
    does = "no legal answer" if action == ILLEGAL else f"plays {clean(action)}"
    if all(each.isdigit() for each in names.after):
        return f"{does} after {count(int(after), 'other')} cooperated"
    return f"{does} after the other’s {clean(after)}"


def type_curves(run: TrainRun, seat: int) -> Floats:
    """Shares of action types over one learner's updates, `(T, X)`."""
    curves = run.learners[seat]
    return type_shares(curves.p_THA, curves.reachable, len(run.names.after))


def type_picture(
    run: TrainRun, seat: int, name: str, title: str, *, size: tuple[float, float] = (WIDTH, HEIGHT)
) -> tuple[Markup | None, str]:
    """The stack of one learner's action types, and its caption."""
    shares_TX = type_curves(run, seat)
    caption = ended(shares_TX, run.names)
    steps_T = np.array(run.steps, dtype=np.float64)
    svg = stack(
        name, title, caption, steps_T, shares_TX, run.names.types, type_looks(run.names), phases=phases(run), size=size
    )
    return svg, caption


def ended(shares_TX: Floats, names: Names, most: int = 3) -> str:
    """What there was most of in the end, and what became of illegal answers."""
    last, first = shares_TX[-1], shares_TX[0]
    if not np.isfinite(last).all():
        return "The last update was not recorded in full."
    order = np.argsort(-last, kind="stable")[:most]
    parts = [f"{clean(names.types[i])} {percent(last[i])}" for i in order if last[i] >= 0.005]
    illegal = slice(len(names.types) - len(names.after), None)
    gone = f"illegal answers went from {percent(first[illegal].sum())} to {percent(last[illegal].sum())}"
    return f"In the end {listed(parts)} of decisions; {gone}."


def phases(run: TrainRun) -> list[Phase]:
    """The phases that the logged updates belong to."""
    found = []
    for index, name in enumerate(run.phases):
        steps = [step for step, phase in zip(run.steps, run.phase_T, strict=True) if phase == index]
        if steps:
            found.append(Phase(name, steps[0], run.reached[index] if index < len(run.reached) else None))
    return found
