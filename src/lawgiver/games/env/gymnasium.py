"""A game against one opponent as a Gymnasium environment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.games.env import missing, reward_table, whole
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame
from lawgiver.games.stage import state_name
from lawgiver.outcome import ConfigurationError

try:
    import gymnasium
    from gymnasium import spaces
except ModuleNotFoundError as error:
    raise missing(__name__, error) from None

if TYPE_CHECKING:
    from lawgiver.games.opponents.base import Opponent, Seat


class RepeatedGame(gymnasium.Env[np.int64, np.int64]):
    """`rounds` rounds against an opponent; the observation is the index of the last `history` joint moves.

    Actions are `Discrete(A)`, observations `Discrete((A·B) ** history)`: digits of base A·B, the oldest round first,
    each `a * B + b`. Before an episode history + 1 rounds are played with random own moves, so that its first
    observation is one that this opponent produces: with tit-for-tat all four are equally likely, with an unconditional
    cooperator only those where it cooperated. An episode ends as truncated, since the game itself knows no end. Every
    reset seats the opponent anew. `info` names the last joint move (`state`) and has what it paid (`payoff`, `others`).

    Args:
        game: what is played.
        opponent: who fills the other seat, or all others.
        role: the learner's seat, `row` or `column`.
        rounds: length of an episode.
        history: rounds that are observed.
        reward_SAB: what to pay instead of the learner's payoff, by last state, own action and situation.

    Raises:
        ConfigurationError: if an argument is out of range, an action is illegal, or no episode is under way.
    """

    def __init__(
        self,
        game: MatrixGame | SymmetricGame,
        opponent: Opponent,
        role: str = "row",
        rounds: int = 5,
        history: int = 1,
        reward_SAB: ArrayLike | None = None,
    ) -> None:
        self.stage = game.seen_by(role)
        self.opponent = opponent
        self.rounds = whole(rounds, f"{game.name}: rounds")
        self.history = whole(history, f"{game.name}: history")
        self._reward_SAB = reward_table(self.stage, reward_SAB)
        self._states = math.prod(self.stage.own_AB.shape)
        self.action_space = spaces.Discrete(len(self.stage.actions))
        self.observation_space = spaces.Discrete(self._states**history)
        self._seat: Seat | None = None
        self._observed = 0
        self._left = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        """Begin an episode; `options` are not used."""
        super().reset(seed=seed)
        self._seat = self.opponent.spawn(self.stage, 1, self.np_random)
        self._observed = 0
        self._left = self.rounds
        for _ in range(self.history + 1):
            own = int(self.np_random.integers(len(self.stage.actions)))
            met = self._play(self._seat, own)
        return np.int64(self._observed), self._info(own, met)

    def step(self, action: np.int64) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        """Play a round: observation, reward, terminated (never), truncated (after the last round), info."""
        if self._seat is None or self._left == 0:
            raise ConfigurationError(f"{self.stage.name}: the episode is over or has not begun; call reset first")
        if not self.action_space.contains(action):
            named = ", ".join(f"{i} ({name})" for i, name in enumerate(self.stage.actions))
            raise ConfigurationError(f"{self.stage.name}: action {action!r}; the legal ones are {named}")
        own, before = int(action), self._observed % self._states
        met = self._play(self._seat, own)
        self._left -= 1
        reward = float(self._reward_SAB[before, own, met])
        return np.int64(self._observed), reward, False, self._left == 0, self._info(own, met)

    def _play(self, seat: Seat, own: int) -> int:
        met_E = seat.act()
        seat.observe(met_E, np.array([own]))
        met = int(met_E[0])
        state = own * len(self.stage.situations) + met
        self._observed = (self._observed * self._states + state) % self._states**self.history
        return met

    def _info(self, own: int, met: int) -> dict[str, Any]:
        return {
            "state": state_name(self.stage, own * len(self.stage.situations) + met),
            "payoff": float(self.stage.own_AB[own, met]),
            "others": self.stage.others_ABN[own, met].tolist(),
        }
