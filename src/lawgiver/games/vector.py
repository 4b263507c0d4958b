"""Thousands of episodes of one game at once, a few array operations a round."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame
from lawgiver.outcome import ConfigurationError


class VectorGame:
    """`episodes` (E) independent episodes of `rounds` rounds, played in step by all P players of a game.

    The same seed and the same actions give the same episodes; each `reset` draws fresh ones.

    Raises:
        ConfigurationError: if episodes or rounds are not whole numbers above 0, or a player has over 127 actions.
    """

    def __init__(self, game: MatrixGame | SymmetricGame, episodes: int, rounds: int, seed: int) -> None:
        for key, value in (("episodes", episodes), ("rounds", rounds)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigurationError(f"{game.name}: {key} {value!r}; give a whole number above 0")
        self.game = game
        self.episodes = episodes
        self.rounds = rounds
        self._counts_P = np.array(game.action_counts)
        if self._counts_P.max() > np.iinfo(np.int8).max:
            raise ConfigurationError(
                f"{game.name}: {self._counts_P.max()} actions; moves are kept in int8, so 127 at most"
            )
        self._rng = np.random.default_rng(seed)
        self._last_EP: NDArray[np.int8] | None = None
        self._round = 0

    @property
    def last_EP(self) -> NDArray[np.int8]:
        """The moves of the last round, (E, P); read-only.

        Raises:
            ConfigurationError: before the first `reset`.
        """
        if self._last_EP is None:
            raise ConfigurationError(f"{self.game.name}: no episode has begun; call reset first")
        return self._last_EP

    @property
    def states_EP(self) -> NDArray[np.intp]:
        """Each player's own state `a * B + b` after the last round, (E, P).

        Raises:
            ConfigurationError: before the first `reset`.
        """
        last_EP = self.last_EP
        # B: with two players the other's actions, with N of them 0 … N-1 defectors
        situations_P = self._counts_P[::-1] if self.game.players == 2 else self.game.players
        return last_EP.astype(np.intp) * situations_P + self.game.situations(last_EP)

    def reset(self) -> NDArray[np.int8]:
        """Begin E new episodes; return the moves before the first round, (E, P), each drawn uniformly."""
        drawn_EP = self._rng.integers(self._counts_P, size=(self.episodes, self.game.players), dtype=np.int8)
        self._round = 0
        return self._keep(drawn_EP)

    def step(self, actions_EP: NDArray[np.integer[Any]]) -> tuple[NDArray[np.float64], bool]:
        """Play one round: payoffs (E, P), and whether that was the last round of all episodes.

        Raises:
            ConfigurationError: if actions are not whole numbers in range of shape (E, P), or no episode is under way.
        """
        if self._last_EP is None or self._round == self.rounds:
            raise ConfigurationError(f"{self.game.name}: the episodes are over or have not begun; call reset first")
        self._keep(self._checked(actions_EP).astype(np.int8))
        self._round += 1
        return self.game.play(self.last_EP), self._round == self.rounds

    def _keep(self, moves_EP: NDArray[np.int8]) -> NDArray[np.int8]:
        moves_EP.setflags(write=False)
        self._last_EP = moves_EP
        return moves_EP

    def _checked(self, actions_EP: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
        actions_EP = np.asarray(actions_EP)
        shape = (self.episodes, self.game.players)
        if actions_EP.shape != shape or actions_EP.dtype.kind not in "iu":
            raise ConfigurationError(
                f"{self.game.name}: actions of shape {actions_EP.shape} of {actions_EP.dtype}; give whole numbers "
                f"of shape {shape}"
            )
        if actions_EP.min() < 0 or (actions_EP >= self._counts_P).any():
            episode, player = np.argwhere((actions_EP < 0) | (actions_EP >= self._counts_P))[0]
            raise ConfigurationError(
                f"{self.game.name}: actions[{episode}, {player}] is {actions_EP[episode, player]}; player {player} has "
                f"actions 0 to {self._counts_P[player] - 1}"
            )
        return actions_EP
