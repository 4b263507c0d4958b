"""The strategies of the Axelrod library (https://github.com/Axelrod-Python/Axelrod, MIT) as opponents.

The library is an optional extra of 48 MB that brings torch, so it is imported only when one of its players is asked
for. Those that look back at most one round are read out and become tables; the others are played by the library itself,
one player a game.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from lawgiver.games.opponents.axelrod_odds import read_odds
from lawgiver.games.opponents.base import Floats, Moves, Opponent
from lawgiver.games.opponents.tabular import Rule, Tabular, fixed_rule
from lawgiver.games.opponents.views import no_table, payoffs, two_by_two
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

INSTALL = "pip install axelrod==4.14.0"


def axelrod(strategy: str) -> Opponent:
    """The library's strategy of that class name, with its default parameters.

    Raises:
        ConfigurationError: if the library is missing, has no such strategy, or the strategy looks into its opponent's
            code, for which there is nothing to look into here.
    """
    library = _library(strategy)
    name = f"axelrod:{strategy}"
    found = getattr(library, strategy, None)
    if not (isinstance(found, type) and issubclass(found, library.Player) and found in library.all_strategies):
        raise ConfigurationError(
            f"opponent {name}: not a strategy of axelrod {library.__version__}; give a class name such as Grudger or "
            "WinStayLoseShift"
        )
    if not library.Classifiers.obey_axelrod(found()):
        raise ConfigurationError(f"opponent {name}: it reads or changes its opponent's code; choose another")
    if library.Classifiers["memory_depth"](found()) <= 1:
        p_1H = read_odds(library, found, library.DefaultGame)
        if p_1H is not None:
            memory = 0 if len(set(p_1H)) == 1 else 1
            return Tabular(name, memory, partial(_rule, name, strategy, memory))
    return AxelrodOpponent(name, strategy)


@dataclass(frozen=True)
class AxelrodOpponent:
    """A strategy that the library plays; it counts as one with unbounded memory."""

    name: str
    strategy: str
    memory: None = None
    memory_one: None = None

    def table(self, stage: Stage, history: int) -> Floats:
        """Raises ConfigurationError: it has no finite memory."""
        raise no_table(self.name)

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> AxelrodSeat:
        """Seat one new player in each game, with a seed of its own."""
        two_by_two(stage, self.name)
        library = _library(self.strategy)
        game = _game(library, self.strategy, stage, self.name)
        players = [getattr(library, self.strategy)() for _ in range(episodes)]
        for player, seed in zip(players, rng.integers(2**32, size=episodes), strict=True):
            player.set_match_attributes(length=math.inf, game=game)
            player.set_seed(int(seed))
        return AxelrodSeat(players, [library.Player() for _ in players], (library.Action.C, library.Action.D))


class AxelrodSeat:
    """Players of the library in play; each sees a partner that has the learner's past and nothing else."""

    def __init__(self, players: list[Any], partners: list[Any], moves: tuple[Any, Any]) -> None:
        self._players = players
        self._partners = partners
        self._moves = moves

    def act(self) -> Moves:
        """What each player's strategy says."""
        cooperate = self._moves[0]
        pairs = zip(self._players, self._partners, strict=True)
        return np.array([int(player.strategy(partner) != cooperate) for player, partner in pairs], dtype=np.int64)

    def observe(self, own_E: Moves, other_E: Moves) -> None:
        """Write the round into both histories."""
        rounds = zip(self._players, self._partners, own_E.tolist(), other_E.tolist(), strict=True)
        for player, partner, own, other in rounds:
            player.update_history(self._moves[own], self._moves[other])
            partner.update_history(self._moves[other], self._moves[own])


def _library(strategy: str) -> Any:
    try:
        return import_module("axelrod")
    except ImportError:
        raise ConfigurationError(f"opponent axelrod:{strategy}: the axelrod library is missing; {INSTALL}") from None


def _game(library: Any, strategy: str, stage: Stage, name: str) -> Any:
    """The library's game with the stage's payoffs, for a strategy that may look at them; else its default."""
    player = getattr(library, strategy)()
    # teams of players hand the game on without saying so
    hears = type(player).receive_match_attributes is not library.Player.receive_match_attributes
    if not hears and "game" not in (library.Classifiers["makes_use_of"](player) or ()):
        return library.DefaultGame
    own_BA, other_BA = payoffs(stage, name)
    if not np.array_equal(own_BA, other_BA.T):
        raise ConfigurationError(
            f"opponent {name}: it looks at the payoffs and knows symmetric games only, and {stage.name} is not one"
        )
    ((r, s), (t, p)) = own_BA.tolist()
    return library.Game(r=r, s=s, t=t, p=p)


def _rule(name: str, strategy: str, memory: int, stage: Stage) -> Rule:
    two_by_two(stage, name)
    library = _library(strategy)
    try:
        p_1H = read_odds(library, getattr(library, strategy), _game(library, strategy, stage, name))
    except ValueError as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"opponent {name}: it cannot play {stage.name}: {error}") from None
    assert p_1H is not None  # it was read before the opponent was made
    return fixed_rule(name, p_1H[: 1 + 4**memory], stage)
