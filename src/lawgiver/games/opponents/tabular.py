"""An opponent with finite memory: one table of probabilities gives its seat, its table and its four-vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from lawgiver.games.opponents.base import Floats, Moves
from lawgiver.games.opponents.views import check_history, draw, learner_view, two_by_two
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


class Rule(NamedTuple):
    """What a player does, in its own view of B own moves and A moves of the learner."""

    first_B: Floats
    """P(move) before any round was seen."""
    p_HB: Floats
    """P(move | history), H = (B·A)**memory, each digit own·A + other, the oldest round first."""


@dataclass(frozen=True)
class Tabular:
    """A player that looks back `memory` rounds.

    Rounds before the first one it saw count as action 0 on both sides, which is mutual cooperation in the games that
    ship.
    """

    name: str
    memory: int
    rule: Callable[[Stage], Rule]
    """Its probabilities in a game; raises ConfigurationError for a game it cannot play."""

    def table(self, stage: Stage, history: int) -> Floats:
        """P(situation b | the learner's history), as `Opponent.table` says."""
        check_history(self.name, self.memory, history)
        return learner_view(self.rule(stage).p_HB, len(stage.actions), self.memory, history)

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> TabularSeat:
        """Seat it in `episodes` new games."""
        return TabularSeat(self.rule(stage), len(stage.actions), episodes, rng)

    @property
    def memory_one(self) -> tuple[float, Floats] | None:
        """P(C) in the first round and `p_4` = P(C | CC, CD, DC, DD); None if no such vector holds in every game."""
        try:
            return self.memory_one_in()
        except ConfigurationError:
            return None

    def memory_one_in(self, stage: Stage | None = None) -> tuple[float, Floats]:
        """The same in a given 2×2 game, where it may depend on the payoffs.

        Raises:
            ConfigurationError: if it looks back further than one round, cannot play the game, or needs one.
        """
        stage = _Payoffless() if stage is None else stage
        two_by_two(stage, self.name)
        if self.memory > 1:
            raise ConfigurationError(f"opponent {self.name}: it looks back {self.memory} rounds, so no four-vector")
        first_B, p_HB = self.rule(stage)
        return float(first_B[0]), np.tile(p_HB[:, 0], 4 // len(p_HB))


class TabularSeat:
    """A `Tabular` in play."""

    def __init__(self, rule: Rule, learner_actions: int, episodes: int, rng: np.random.Generator) -> None:
        self._rule = rule
        self._actions = learner_actions
        self._rng = rng
        self._history_E: Moves | None = None
        self._episodes = episodes

    def act(self) -> Moves:
        """A move drawn from the table's row in each game."""
        if self._history_E is None:
            return draw(np.broadcast_to(self._rule.first_B, (self._episodes, len(self._rule.first_B))), self._rng)
        return draw(self._rule.p_HB[self._history_E], self._rng)

    def observe(self, own_E: Moves, other_E: Moves) -> None:
        """Push the round into the history, and the oldest one out."""
        own, histories = len(self._rule.first_B), len(self._rule.p_HB)
        before_E = np.zeros(self._episodes, dtype=np.int64) if self._history_E is None else self._history_E
        # moves may come as int8, which a product would overflow
        round_E = own_E.astype(np.int64) * self._actions + other_E
        self._history_E = (before_E * (own * self._actions) + round_E) % histories


def fixed(name: str, first: float, p_H: Sequence[float]) -> Tabular:
    """A player of 2×2 games with P(C) `first` in the first round and P(C | own history) `p_H`, 4**memory of them."""
    memory = (len(p_H).bit_length() - 1) // 2
    return Tabular(name, memory, partial(fixed_rule, name, (first, *p_H)))


def fixed_rule(name: str, p_1H: Sequence[float], stage: Stage) -> Rule:
    """P(C) in the first round, then after each history, as a rule for a 2×2 stage."""
    two_by_two(stage, name)
    both_1HB = np.column_stack([p_1H, 1 - np.asarray(p_1H)])
    return Rule(both_1HB[0], both_1HB[1:])


class _Payoffless:
    """A 2×2 stage whose payoffs nobody named: asking for them is the error."""

    name = title = "a game without payoffs"
    players = 2
    role = "row"
    actions = ("C", "D")
    situations = (("C",), ("D",))

    @property
    def own_AB(self) -> Floats:
        raise ConfigurationError("this opponent's moves depend on the payoffs; name the game")

    @property
    def others_ABN(self) -> Floats:
        raise ConfigurationError("this opponent's moves depend on the payoffs; name the game")
