"""A game from the seat of one player: all that learning, opponents and moral frameworks need to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lawgiver.outcome import ConfigurationError

ROLES = ("row", "column", "any")


@runtime_checkable
class Stage(Protocol):
    """One player's view of a game that is played round after round.

    A is the number of own actions, B that of situations (what the others do), N that of players. The state after a
    round is `a * B + b`, which for two players and two actions runs CC, CD, DC, DD (own move first).
    """

    @property
    def name(self) -> str:
        """The game's id, such as `ipd`."""

    @property
    def title(self) -> str:
        """The game's name for readers."""

    @property
    def players(self) -> int:
        """N, at least 2."""

    @property
    def role(self) -> str:
        """`row` or `column`; `any` where all seats are alike."""

    @property
    def actions(self) -> tuple[str, ...]:
        """Own action ids, A of them."""

    @property
    def situations(self) -> tuple[tuple[str, ...], ...]:
        """B of them, each with the action ids of the other N-1 players.

        With two players a situation is the other's action. With more, situation b is that b of the others play D;
        those that play C come first.
        """

    @property
    def own_AB(self) -> NDArray[np.float64]:
        """Own payoff."""

    @property
    def others_ABN(self) -> NDArray[np.float64]:
        """Payoffs of the N-1 others (the last axis has N-1 entries), in the order of `situations[b]`."""


@dataclass(frozen=True, eq=False)
class StageView:
    """A stage as plain data; games make them, see `Stage` for the fields."""

    name: str
    title: str
    players: int
    role: str
    actions: tuple[str, ...]
    situations: tuple[tuple[str, ...], ...]
    own_AB: NDArray[np.float64]
    others_ABN: NDArray[np.float64]

    def __post_init__(self) -> None:
        size = (len(self.actions), len(self.situations))
        if self.own_AB.shape != size or self.others_ABN.shape != (*size, self.players - 1):
            raise ConfigurationError(
                f"{self.name}: payoffs of shape {self.own_AB.shape} and {self.others_ABN.shape} for {size[0]} actions, "
                f"{size[1]} situations and {self.players} players; give {size} and {(*size, self.players - 1)}"
            )
        for array in (self.own_AB, self.others_ABN):
            array.setflags(write=False)


def states(stage: Stage) -> list[tuple[int, int]]:
    """All (own action, situation) of the last round, in the order of the state index."""
    return [(a, b) for a in range(len(stage.actions)) for b in range(len(stage.situations))]


def state_name(stage: Stage, state: int) -> str:
    """A short name of a state.

    Two players: own and other's action id, `CD`, with a comma between ids longer than a letter (`A0,A1`). More
    players: own action and how many others cooperated, `C2`.

    Raises:
        ConfigurationError: if there is no such state.
    """
    situations = len(stage.situations)
    if not 0 <= state < len(stage.actions) * situations:
        raise ConfigurationError(
            f"{stage.name}: no state {state}; they run from 0 to {len(stage.actions) * situations - 1}"
        )
    own, b = stage.actions[state // situations], state % situations
    if stage.players > 2:
        return f"{own}{stage.players - 1 - b}"
    other = stage.situations[b][0]
    letters = all(len(word) == 1 for word in (*stage.actions, *(s[0] for s in stage.situations)))
    return own + other if letters else f"{own},{other}"
