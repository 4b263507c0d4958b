"""Layouts: everything about a prompt that may vary while the game it shows stays the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

Order = tuple[int, ...]
ORDERS = ("introduction", "rows", "columns", "final")
"""The four orders of a layout, in which a prompt shows them."""


@dataclass(frozen=True)
class Layout:
    """Orders are tuples of indices: `rows=(1, 0)` shows the second row first."""

    introduction: Order
    """Order of the learner's A actions where they are introduced."""
    rows: Order
    """Order of the table's rows: the learner's actions, or the other's if the learner's role is column."""
    columns: Order
    """Order of the table's columns: the other's actions (N players: how many others defect), or the learner's."""
    final: Order
    """Order of the learner's A actions in the last line."""
    history: int = 1
    """How many past rounds are shown, ≥ 1, the oldest first."""
    scale: float = 1.0
    """Payoffs are shown as scale · payoff + shift; scale > 0, so the game stays the same."""
    shift: float = 0.0
    """In payoff units, finite."""

    @classmethod
    def plain(cls, stage: Stage, history: int = 1) -> Layout:
        """Everything in the stage's own order, payoffs as they are."""
        own, others = tuple(range(len(stage.actions))), tuple(range(len(stage.situations)))
        rows, columns = (others, own) if stage.role == "column" else (own, others)
        return cls(own, rows, columns, own, history)

    def check(self, stage: Stage) -> None:
        """Raise ConfigurationError if this is no layout of the stage."""
        plain = Layout.plain(stage)
        for name in ORDERS:
            order, items = getattr(self, name), getattr(plain, name)
            if tuple(sorted(order)) != items:
                raise ConfigurationError(
                    f"layout of {stage.name}: {name} is {order}; it must hold each of {items} once, in any order"
                )
        if self.history < 1:
            raise ConfigurationError(f"layout of {stage.name}: history is {self.history}; show at least 1 round")
        if not (math.isfinite(self.scale) and self.scale > 0 and math.isfinite(self.shift)):
            raise ConfigurationError(
                f"layout of {stage.name}: scale {self.scale}, shift {self.shift}; scale must be > 0 and both finite"
            )

    def tags(self) -> dict[str, str]:
        """The fields as words for a grid, e.g. rows → `10`."""
        orders = {name: _digits(getattr(self, name)) for name in ORDERS}
        return {**orders, "history": str(self.history), "scale": f"{self.scale:g}", "shift": f"{self.shift:g}"}


def layouts(
    stage: Stage,
    vary: Sequence[str] = ORDERS,
    history: int = 1,
    scales: Sequence[float] = (1.0,),
    shifts: Sequence[float] = (0.0,),
) -> Iterator[Layout]:
    """Every layout of a stage in which the orders named in `vary` run through all permutations.

    A 2×2 game has 16 (4 with `vary=("introduction", "final")`). The number of other players who do something runs up
    or down only: a table whose columns say 2, 0, 3, 1 helps nobody. `final` varies fastest, so that neighbours share
    the longest prompt prefix.

    Raises:
        ConfigurationError: for an order that does not exist, a history below 1 or a scale that is not positive.
    """
    plain = Layout.plain(stage, history)
    choices = [_choices(stage, plain, name, vary) for name in ORDERS]
    for scale, shift in product(scales, shifts):
        for introduction, rows, columns, final in product(*choices):
            layout = Layout(introduction, rows, columns, final, history, scale, shift)
            layout.check(stage)
            yield layout


def sample_layout(
    stage: Stage,
    rng: np.random.Generator,
    vary: Sequence[str] = ORDERS,
    history: int = 1,
    scales: Sequence[float] = (1.0,),
    shifts: Sequence[float] = (0.0,),
) -> Layout:
    """One of `layouts(...)`, each as likely as any other; draws the same number of times whatever comes out."""
    plain = Layout.plain(stage, history)
    choices = [_choices(stage, plain, name, vary) for name in ORDERS]
    introduction, rows, columns, final = (each[int(rng.integers(len(each)))] for each in choices)
    scale, shift = (each[int(rng.integers(len(each)))] for each in (scales, shifts))
    layout = Layout(introduction, rows, columns, final, history, scale, shift)
    layout.check(stage)
    return layout


def _choices(stage: Stage, plain: Layout, name: str, vary: Sequence[str]) -> list[Order]:
    if strangers := sorted(set(vary) - set(ORDERS)):
        raise ConfigurationError(f"layouts: vary names {', '.join(strangers)}; choose from {', '.join(ORDERS)}")
    order: Order = getattr(plain, name)
    if name not in vary:
        return [order]
    if stage.players > 2 and name == "columns":
        return [order, order[::-1]]
    return list(permutations(order))


def _digits(order: Order) -> str:
    return ("" if len(order) <= 10 else ".").join(map(str, order))
