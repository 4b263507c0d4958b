"""Who takes part: players by name, and mixtures that play one of their members in each match.

`mix(tft:0.5,alld:0.5)` is a player; its members may be mixtures. What it scores against somebody is the weighted mean
of what its members score, so members are played and mixtures computed from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True)
class Player:
    """One entry of a tournament."""

    name: str
    """As it was written."""
    members: tuple[str, ...]
    """Opponent strings; one, unless it is a mixture."""
    weights: tuple[float, ...]
    """Probability of each member; together 1."""

    @property
    def mixed(self) -> bool:
        """Whether it has several members."""
        return len(self.members) > 1


@dataclass(frozen=True, eq=False)
class Field:
    """P players made of K different members."""

    players: tuple[Player, ...]
    members: tuple[str, ...]
    """Every opponent string that occurs, once."""
    weights_PK: NDArray[np.float64]
    """How often each player plays as each member; rows add up to 1."""


def field(names: Sequence[str]) -> Field:
    """Read the players of a tournament.

    Raises:
        ConfigurationError: for fewer than two, one that is given twice, or a mixture that cannot be read.
    """
    players = tuple(player(name) for name in names)
    if len(players) < 2:
        raise ConfigurationError(f"players: {len(players)} given; a tournament needs at least two")
    listed = [each.name for each in players]
    for name in listed:
        if listed.count(name) > 1:
            raise ConfigurationError(f"players: {name!r} is given twice; shares and ranks would be split between them")
    members = tuple(dict.fromkeys(member for each in players for member in each.members))
    weights_PK = np.zeros((len(players), len(members)))
    for row, each in enumerate(players):
        for member, weight in zip(each.members, each.weights, strict=True):
            weights_PK[row, members.index(member)] += weight
    return Field(players, members, weights_PK)


def player(text: str) -> Player:
    """Read one player: an opponent string, or `mix(A:0.3,B:0.7)`; weights are either all given or all left out.

    Raises:
        ConfigurationError: if a mixture is empty or its weights are not positive numbers that add up to 1.
    """
    name = text.strip()
    if not name:
        raise ConfigurationError("players: an empty name; write one such as tft")
    if not (name.startswith("mix(") and name.endswith(")")):
        return Player(name, (name,), (1.0,))
    parts = [_weighted(part) for part in _split(name[len("mix(") : -1], name)]
    given = [weight for _, weight in parts if weight is not None]
    if given and len(given) < len(parts):
        raise ConfigurationError(f"{name}: some members have a weight and some have none; give all or leave all out")
    weights = given or [1 / len(parts)] * len(parts)
    if not all(weight > 0 for weight in weights) or not np.isclose(sum(weights), 1):
        raise ConfigurationError(f"{name}: weights add up to {sum(weights):g}; give positive ones that add up to 1")
    flat: dict[str, float] = {}
    for (member, _), weight in zip(parts, weights, strict=True):
        inner = player(member)
        for each, share in zip(inner.members, inner.weights, strict=True):
            flat[each] = flat.get(each, 0.0) + weight * share
    total = sum(flat.values())
    return Player(name, tuple(flat), tuple(weight / total for weight in flat.values()))


def _weighted(part: str) -> tuple[str, float | None]:
    """A trailing `:number` is a weight; any other colon belongs to the name, as in `checkpoint:runs/x`."""
    member, colon, weight = part.rpartition(":")
    try:
        return (member.strip(), float(weight)) if colon else (part, None)
    except ValueError:
        return part, None


def _split(inside: str, name: str) -> list[str]:
    """Split at the commas that are in no parentheses."""
    parts, depth = [""], 0
    for letter in inside:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    if depth:
        raise ConfigurationError(f"{name}: parentheses do not match")
    parts = [part.strip() for part in parts]
    if not all(parts):
        raise ConfigurationError(f"{name}: a member is missing; write mix(tft:0.5,alld:0.5)")
    return parts
