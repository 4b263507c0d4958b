"""A trembling hand: the move that is played is sometimes not the move that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lawgiver.games.opponents.base import Floats, Moves, Opponent, Seat
from lawgiver.games.opponents.independent import defectors
from lawgiver.games.opponents.tabular import Rule, Tabular
from lawgiver.games.opponents.views import draw, no_table, probability, shown
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


def noise(opponent: Opponent, e: float) -> Opponent:
    """`opponent`, each of whose moves turns into another with probability `e`; it sees the move that was played.

    Raises:
        ConfigurationError: if `opponent` is none, or `e` is outside 0..1.
    """
    if not hasattr(opponent, "spawn"):
        raise ConfigurationError(f"opponent noise: {shown(opponent)} is no opponent; write noise(tft,0.05)")
    name = f"noise({opponent.name},{shown(e)})"
    rate = probability(f"opponent {name}: e", e)
    if isinstance(opponent, Tabular):
        return Tabular(name, opponent.memory, partial(_trembling, opponent.rule, rate))
    return Noisy(name, opponent, rate)


def tremble(stage: Stage, e: float) -> Floats:
    """P(situation played | situation chosen), `(B, B)`.

    Each of the others changes its move with probability `e` on its own; of more than two actions, to any other alike.
    """
    count = len(stage.situations)
    if stage.players == 2:
        return np.where(np.eye(count) == 1, 1 - e, e / (count - 1))
    # b of the others chose D: those that stay, and those of the rest that change
    return np.array([np.convolve(defectors(b, 1 - e), defectors(count - 1 - b, e)) for b in range(count)])


def _trembling(rule: Callable[[Stage], Rule], e: float, stage: Stage) -> Rule:
    first_B, p_HB = rule(stage)
    change_BB = tremble(stage, e)
    return Rule(first_B @ change_BB, p_HB @ change_BB)


@dataclass(frozen=True)
class Noisy:
    """Noise over a player that has no table."""

    name: str
    inner: Opponent
    e: float
    memory: None = None
    memory_one: None = None

    def table(self, stage: Stage, history: int) -> Floats:
        """Raises ConfigurationError: it has no finite memory."""
        raise no_table(self.name)

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> NoisySeat:
        """Seat the player and let its hand tremble."""
        return NoisySeat(self.inner.spawn(stage, episodes, rng), tremble(stage, self.e), rng)


class NoisySeat:
    """A `Noisy` in play."""

    def __init__(self, inner: Seat, change_BB: Floats, rng: np.random.Generator) -> None:
        self._inner = inner
        self._change_BB = change_BB
        self._rng = rng

    def act(self) -> Moves:
        """What the player chose, or what noise made of it."""
        return draw(self._change_BB[self._inner.act()], self._rng)

    def observe(self, own_E: Moves, other_E: Moves) -> None:
        """Show the player the round as it was played."""
        self._inner.observe(own_E, other_E)
