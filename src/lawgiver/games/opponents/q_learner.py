"""An opponent that learns while it plays: tabular Q-learning on the last joint move (Watkins 1989)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawgiver.games.opponents.base import Floats, Moves
from lawgiver.games.opponents.views import draw, no_table, payoffs, probability, shown
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


def q_learner(alpha: float = 0.1, gamma: float = 0.9, epsilon: float = 0.1) -> QLearner:
    """Learns at rate `alpha` from its own payoffs, discounts by `gamma`, tries any move with probability `epsilon`.

    Raises:
        ConfigurationError: for a parameter out of range.
    """
    # written so that NaN is refused as well
    if not (isinstance(gamma, int | float) and 0 <= gamma < 1):
        raise ConfigurationError(f"opponent q_learner: gamma is {shown(gamma)}; a discount lies in 0 ≤ gamma < 1")
    rate = probability("opponent q_learner: alpha", alpha)
    if rate == 0:
        raise ConfigurationError("opponent q_learner: alpha is 0, so it would never learn; give more, such as 0.1")
    return QLearner(rate, float(gamma), probability("opponent q_learner: epsilon", epsilon))


@dataclass(frozen=True)
class QLearner:
    """ε-greedy Q-learning with two players; what it knows depends on all that it saw, so it has no table."""

    alpha: float
    gamma: float
    epsilon: float
    memory: None = None
    memory_one: None = None

    @property
    def name(self) -> str:
        """The text that makes it."""
        return f"q_learner({self.alpha},{self.gamma},{self.epsilon})"

    def table(self, stage: Stage, history: int) -> Floats:
        """Raises ConfigurationError: it has no finite memory."""
        raise no_table(self.name)

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> QSeat:
        """Seat one fresh learner in each game."""
        return QSeat(self, payoffs(stage, self.name).own_BA, episodes, rng)


class QSeat:
    """Q-learners in play, one a game; states are the last joint moves own·A + other, and one more before any."""

    def __init__(self, player: QLearner, own_BA: Floats, episodes: int, rng: np.random.Generator) -> None:
        self._player = player
        self._own_BA = own_BA
        self._rng = rng
        self._rows_E = np.arange(episodes)
        self._state_E = np.full(episodes, own_BA.size)
        self._acted = False
        self.values_ESB = np.zeros((episodes, own_BA.size + 1, len(own_BA)))
        """What each move is worth in each state, so far."""

    def act(self) -> Moves:
        """The best move known in each game, ties at random; now and then any move."""
        self._acted = True
        values_EB = self.values_ESB[self._rows_E, self._state_E]
        best_EB = values_EB == values_EB.max(axis=1, keepdims=True)
        share_EB = best_EB / best_EB.sum(axis=1, keepdims=True)
        epsilon = self._player.epsilon
        # one draw for exploring and choosing: the mixture is the policy
        return draw((1 - epsilon) * share_EB + epsilon / len(self._own_BA), self._rng)

    def observe(self, own_E: Moves, other_E: Moves) -> None:
        """Learn from the payoff of the round and move on to its state."""
        state_E = own_E.astype(np.int64) * self._own_BA.shape[1] + other_E
        if self._acted:  # before that, nobody chose and nobody was paid
            at = (self._rows_E, self._state_E, own_E)
            ahead_E = self.values_ESB[self._rows_E, state_E].max(axis=1)
            target_E = self._own_BA[own_E, other_E] + self._player.gamma * ahead_E
            self.values_ESB[at] += self._player.alpha * (target_E - self.values_ESB[at])
        self._state_E = state_E
