"""What a tournament is asked to be, and everything that can be wrong with it, found before anybody plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lawgiver.data.files import sha256_file
from lawgiver.games.catalogue import GAMES, Game, game, read_game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.opponents import Opponent, opponent
from lawgiver.games.opponents.checkpoint import FILE
from lawgiver.games.tournament.field import Player, field
from lawgiver.games.tournament.moran import check_selection, even_start
from lawgiver.games.tournament.roundrobin import two_by_two
from lawgiver.outcome import ConfigurationError

SCRIPTED = ("allc", "alld", "random", "tft", "tf2t", "gtft", "wsls", "grim", "zd_extort")
"""Who takes part if nobody is named, as far as they can play the game."""

BASELINES = ("allc", "alld", "random", "tft")
"""Who every field is measured by, whether they take part or not."""


class TournamentConfig(BaseModel):
    """Everything that decides a tournament."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    players: tuple[str, ...] = ()
    """Opponent strings and mixtures; none stands for the scripted ones."""
    game: str = "ipd"
    """A game by name, or the path of a YAML file with one."""
    rounds: int = Field(default=200, ge=1)
    repetitions: int = Field(default=5, ge=1)
    """How often a match that is played out is played."""
    noise: float = Field(default=0.0, ge=0, le=1)
    """Probability that a move turns into the other one."""
    seed: int = Field(default=0, ge=0)
    exact: bool = True
    """Compute what can be computed; otherwise play everything out."""
    population: int = Field(default=50, ge=2)
    """Individuals in the Moran process."""
    selection: float = Field(default=1.0, ge=0, le=1)
    """Strength of selection in the Moran process: 1 takes the payoff for the fitness."""
    runs: int = Field(default=400, ge=1)
    """Simulated populations."""
    births: int = Field(default=20_000, ge=1)
    """Births after which a simulated population is left as it is."""
    mutation: float = Field(default=0.0, ge=0)
    """Rate of mutation in the replicator dynamics, per unit of time."""
    horizon: float = Field(default=200.0, gt=0)
    """Time that the replicator dynamics are followed."""


@dataclass(frozen=True, eq=False)
class Tournament:
    """A tournament that can be played."""

    config: TournamentConfig
    game: MatrixGame
    players: tuple[Player, ...]
    members: tuple[Opponent, ...]
    """Whom the players are made of, and the baselines; K of them."""
    weights_PK: NDArray[np.float64]
    """How often each player plays as each member; rows add up to 1."""
    baselines: dict[str, int]
    """Name of a baseline → its place among the members."""

    @property
    def names(self) -> list[str]:
        """The players' names."""
        return [each.name for each in self.players]

    def resolved(self) -> dict[str, Any]:
        """The configuration with what its names stood for, so that a change of either is noticed."""
        named = [each.name.partition(":") for each in self.members]
        hashes = {path: sha256_file(Path(path) / FILE) for kind, _, path in named if kind == "checkpoint"}
        payoffs_AB2 = self.game.payoffs_2AB.transpose(1, 2, 0)
        return {
            **self.config.model_dump(mode="json"),
            "kind": "games-tournament",
            "players": self.names,
            "payoffs": payoffs_AB2.tolist(),
            "checkpoints": hashes,
        }


def prepare(config: TournamentConfig) -> Tournament:
    """Look up the game and the players, and try all that can be tried without playing.

    Raises:
        ConfigurationError: saying which option is wrong and what to do.
    """
    played = two_by_two(_game(config.game))
    check_selection(config.selection, float(played.payoffs_2AB.min()))
    for name, value in (("mutation", config.mutation), ("horizon", config.horizon)):
        if not np.isfinite(value):
            raise ConfigurationError(f"{name}: {value}: give a finite number")
    entered = field(config.players or _able(SCRIPTED, played))
    even_start(len(entered.players), config.population, 1, np.random.default_rng(0))
    extra = [name for name in BASELINES if name not in entered.members]
    listed = [*entered.members, *extra]
    members = tuple(opponent(name) for name in listed)
    for member in members:
        _can_play(member, played)
    weights_PK = np.pad(entered.weights_PK, ((0, 0), (0, len(extra))))
    return Tournament(
        config, played, entered.players, members, weights_PK, {name: listed.index(name) for name in BASELINES}
    )


def _game(text: str) -> Game:
    if text not in GAMES and (text.endswith((".yaml", ".yml")) or Path(text).is_file()):
        return read_game(Path(text))
    return game(text)


def _can_play(member: Opponent, played: MatrixGame) -> None:
    for role in ("row", "column"):
        member.spawn(played.seen_by(role), 1, np.random.default_rng(0))


def _able(names: Sequence[str], played: MatrixGame) -> list[str]:
    able = []
    for name in names:
        try:
            _can_play(opponent(name), played)
        except ConfigurationError:
            continue  # nobody asked for this one by name
        able.append(name)
    return able
