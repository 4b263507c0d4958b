"""The games that come along, by name, and games that a user writes down.

Payoffs of the first six are those of arXiv 2410.01639, `ipd_larger` and `ipd_no_zero` those its authors tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame, commons, public_goods, stag_hunt_n, volunteer_n
from lawgiver.games.payoffs import action_ids, payoff_array, text
from lawgiver.outcome import ConfigurationError

Game: TypeAlias = MatrixGame | SymmetricGame

_ENTRIES: dict[str, tuple[str, dict[str, tuple[float, float]]]] = {
    "ipd": ("Prisoner's dilemma", {"CC": (3, 3), "CD": (0, 4), "DC": (4, 0), "DD": (1, 1)}),
    "stag_hunt": ("Stag hunt", {"CC": (4, 4), "CD": (0, 3), "DC": (3, 0), "DD": (1, 1)}),
    "chicken": ("Chicken", {"CC": (2, 2), "CD": (1, 4), "DC": (4, 1), "DD": (0, 0)}),
    "bos": ("Bach or Stravinsky", {"CC": (3, 2), "CD": (0, 0), "DC": (0, 0), "DD": (2, 3)}),
    "defective_coordination": ("Defective coordination", {"CC": (1, 1), "CD": (0, 0), "DC": (0, 0), "DD": (4, 4)}),
    "volunteer": ("Volunteer's dilemma", {"CC": (3, 3), "CD": (1, 4), "DC": (4, 1), "DD": (0, 0)}),
    "deadlock": ("Deadlock", {"CC": (1, 1), "CD": (0, 3), "DC": (3, 0), "DD": (2, 2)}),
    "harmony": ("Harmony", {"CC": (3, 3), "CD": (1, 2), "DC": (2, 1), "DD": (0, 0)}),
    "ipd_larger": (
        "Prisoner's dilemma, large payoffs",
        {"CC": (120, 120), "CD": (0, 180), "DC": (180, 0), "DD": (60, 60)},
    ),
    "ipd_no_zero": ("Prisoner's dilemma without zeros", {"CC": (3, 3), "CD": (1, 4), "DC": (4, 1), "DD": (2, 2)}),
}

GAMES: dict[str, Game] = {
    **{name: MatrixGame.from_entries(name, title, entries) for name, (title, entries) in _ENTRIES.items()},
    **{shipped.name: shipped for shipped in (public_goods(), commons(), volunteer_n(), stag_hunt_n())},
}
"""Name → game."""


def game(name: str) -> Game:
    """The game of that name.

    Raises:
        ConfigurationError: if there is none; the message lists those there are.
    """
    try:
        return GAMES[name]
    except (KeyError, TypeError):
        raise ConfigurationError(f"game {name!r}: not known; choose one of {', '.join(GAMES)}") from None


def read_game(document: Mapping[str, Any] | Path | str) -> Game:
    """A game that a user wrote down, as a mapping or the path of a YAML file with one.

    `{name, title, payoffs, actions}` with `payoffs[a][b] = [row's, column's]` makes a two-player game; `actions`, which
    may be left out, is one list of ids for both players or `{row: [...], column: [...]}`. With `players: N`, `payoffs`
    has one list for C and one for D, each over 0 … N-1 other defectors. The title defaults to the name.

    Raises:
        ConfigurationError: naming the key (and the file) that is missing, unknown or wrong.
    """
    if not isinstance(document, Mapping):
        from lawgiver.charter.files import read_yaml

        path = Path(document)
        try:
            return read_game(read_yaml(path))
        except ConfigurationError as error:
            raise error if str(error).startswith(str(path)) else ConfigurationError(f"{path}: {error}") from None
    known = {"name", "title", "payoffs", "players" if "players" in document else "actions"}
    if unknown := sorted(str(key) for key in document if key not in known):
        raise ConfigurationError(f"{unknown[0]}: unknown key of a game; the keys are {', '.join(sorted(known))}")
    for key in ("name", "payoffs"):
        if key not in document:
            raise ConfigurationError(f"{key}: missing; a game needs a name and payoffs")
    name = text(document["name"], "name")
    title = text(document.get("title", name), f"{name}: title")
    if "players" in document:
        return SymmetricGame(name, title, document["players"], document["payoffs"])
    payoffs_AB2 = payoff_array(document["payoffs"], f"{name}: payoffs")
    if payoffs_AB2.ndim != 3 or payoffs_AB2.shape[2] != 2:
        raise ConfigurationError(
            f"{name}: payoffs of shape {payoffs_AB2.shape}; give a list of rows, each a list of [row's, column's] pairs"
        )
    rows, columns = _both_actions(document.get("actions"), payoffs_AB2.shape[:2], f"{name}: actions")
    return MatrixGame(name, title, payoffs_AB2.transpose(2, 0, 1), rows, columns)


def _both_actions(given: Any, counts: tuple[int, ...], where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if given is None:
        return (), ()
    if not isinstance(given, Mapping):
        given = {"row": given, "column": given}
    if set(given) != {"row", "column"}:
        raise ConfigurationError(f"{where}: keys {sorted(map(str, given))}; give one list, or row and column")
    sides = zip(("row", "column"), counts, strict=True)
    rows, columns = (action_ids(given[side], count, f"{where}.{side}") for side, count in sides)
    return rows, columns
