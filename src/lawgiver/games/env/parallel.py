"""A game among learners as a PettingZoo environment in which all move at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.games.env import missing, reward_table, whole
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame
from lawgiver.games.stage import StageView, state_name
from lawgiver.outcome import ConfigurationError

try:
    from gymnasium import spaces
    from pettingzoo import ParallelEnv
except ModuleNotFoundError as error:
    raise missing(__name__, error) from None


class ParallelGame(ParallelEnv[str, np.int64, np.int64]):  # type: ignore[misc]  # PettingZoo has no types
    """`rounds` rounds among all players of a game; each observes its own view of the last `history` rounds.

    Agents are `row` and `column`, or `player_0`, `player_1`, … where all seats are alike. Spaces and observations are
    those of the Gymnasium adapter; the moves before the first round are drawn uniformly. An episode ends as truncated
    for all at once. Each agent's `info` names its last `state` and has its `payoff`.

    Args:
        game: what is played.
        rounds: length of an episode.
        history: rounds that are observed.
        rewards: agent → table (A·B, A, B) to pay instead of its payoff, by its last state, action and situation.

    Raises:
        ConfigurationError: if an argument is out of range, an action is missing or illegal, or no episode is under way.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "lawgiver_game_v0", "render_modes": []}

    def __init__(
        self,
        game: MatrixGame | SymmetricGame,
        rounds: int = 5,
        history: int = 1,
        rewards: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        self.game = game
        self.rounds = whole(rounds, f"{game.name}: rounds")
        self.history = whole(history, f"{game.name}: history")
        self.stages = _stages(game)
        self.possible_agents = list(self.stages)
        self.agents: list[str] = []
        if unknown := sorted(set(rewards or {}) - set(self.stages)):
            raise ConfigurationError(
                f"{game.name}: rewards for {unknown[0]!r}; the agents are {', '.join(self.possible_agents)}"
            )
        self._rewards = {agent: reward_table(stage, (rewards or {}).get(agent)) for agent, stage in self.stages.items()}
        self.action_spaces = {agent: spaces.Discrete(len(stage.actions)) for agent, stage in self.stages.items()}
        self.observation_spaces = {
            agent: spaces.Discrete(math.prod(stage.own_AB.shape) ** history) for agent, stage in self.stages.items()
        }
        self._rng: np.random.Generator | None = None
        self._observed: dict[str, int] = {}
        self._left = 0

    def observation_space(self, agent: str) -> spaces.Discrete:
        """What the agent may observe."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete:
        """What the agent may do."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.int64], dict[str, dict[str, Any]]]:
        """Begin an episode: observations and infos; without a seed the random stream goes on."""
        if seed is not None or self._rng is None:
            self._rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self._observed = dict.fromkeys(self.agents, 0)
        self._left = self.rounds
        for _ in range(self.history):
            drawn_1P = self._rng.integers(self.game.action_counts, size=(1, self.game.players))
            infos = self._play(drawn_1P)
        return self._observations(), infos

    def step(
        self, actions: dict[str, np.int64]
    ) -> tuple[dict[str, np.int64], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Play a round: observations, rewards, terminations (never), truncations (after the last round), infos."""
        if not self.agents:
            raise ConfigurationError(f"{self.game.name}: the episode is over or has not begun; call reset first")
        agents = self.agents
        actions_1P = np.array([[self._checked(agent, actions) for agent in agents]])
        met_P = self.game.situations(actions_1P)[0]
        rewards = {
            agent: float(self._rewards[agent][self._observed[agent] % len(self._rewards[agent]), action, met])
            for agent, action, met in zip(agents, actions_1P[0], met_P, strict=True)
        }
        infos = self._play(actions_1P)
        self._left -= 1
        over = self._left == 0
        self.agents = [] if over else agents
        return self._observations(), rewards, dict.fromkeys(agents, False), dict.fromkeys(agents, over), infos

    def _checked(self, agent: str, actions: Mapping[str, np.int64]) -> int:
        if agent not in actions:
            raise ConfigurationError(f"{self.game.name}: no action of {agent!r}; all agents move at once")
        action = actions[agent]
        if not self.action_spaces[agent].contains(action):
            named = ", ".join(f"{i} ({name})" for i, name in enumerate(self.stages[agent].actions))
            raise ConfigurationError(f"{self.game.name}: action {action!r} of {agent!r}; the legal ones are {named}")
        return int(action)

    def _play(self, actions_1P: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, dict[str, Any]]:
        infos = {}
        moves = zip(self.stages.items(), actions_1P[0], self.game.situations(actions_1P)[0], strict=True)
        for (agent, stage), own, met in moves:
            state = int(own) * len(stage.situations) + int(met)
            states = len(self._rewards[agent])
            self._observed[agent] = (self._observed[agent] * states + state) % states**self.history
            infos[agent] = {"state": state_name(stage, state), "payoff": float(stage.own_AB[own, met])}
        return infos

    def _observations(self) -> dict[str, np.int64]:
        return {agent: np.int64(observed) for agent, observed in self._observed.items()}


def _stages(game: MatrixGame | SymmetricGame) -> dict[str, StageView]:
    if isinstance(game, MatrixGame):
        return {role: game.seen_by(role) for role in ("row", "column")}
    return {f"player_{i}": game.seen_by() for i in range(game.players)}
