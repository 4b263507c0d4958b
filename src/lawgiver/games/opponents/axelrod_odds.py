"""The four-vector of a player of the Axelrod library, found by asking it.

A player is taken through one or two given rounds and then handed a coin that notes the odds it is thrown with. So the
vector is what the player does, with whatever it makes of the game, and no attribute of it has to be trusted.
"""

from __future__ import annotations

import math
from typing import Any


def read_odds(library: Any, found: Any, game: Any) -> tuple[float, ...] | None:
    """P(C) in the first round and after CC, CD, DC, DD; None if it draws in a way that cannot be read.

    Asked after two rounds as well, so that a player that looks back further than it says is found out.
    """
    c, d = library.Action.C, library.Action.D
    four = [(c, c), (c, d), (d, c), (d, d)]
    try:
        first = _cooperates(library, found, game, [])
        last = [_cooperates(library, found, game, [state]) for state in four]
        again = [[_cooperates(library, found, game, [before, state]) for state in four] for before in four]
    except _Unreadable:
        return None
    return (first, *last) if all(row == last for row in again) else None


def _cooperates(library: Any, found: Any, game: Any, rounds: list[tuple[Any, Any]]) -> float:
    """P(C) of a new player that has been through these rounds (own move, partner's)."""
    coins, played = [], []
    for answer in (library.Action.C, library.Action.D):
        player, partner = found(), library.Player()
        player.set_match_attributes(length=math.inf, game=game)
        player.set_seed(0)
        for own, other in rounds:
            player.strategy(partner)
            player.update_history(own, other)
            partner.update_history(other, own)
        player._random = _Coin(answer)
        coins.append(player._random)
        played.append(float(player.strategy(partner) == library.Action.C))
    odds = coins[0].odds
    if len(odds) > 1 or coins[1].odds != odds:
        raise _Unreadable
    p = odds[0] if odds else 1.0
    return p * played[0] + (1 - p) * played[1]


class _Unreadable(Exception):
    """The player draws more than one choice between C and D."""


class _Coin:
    """Stands in for a player's random numbers: it answers every choice alike and notes the odds of C."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.odds: list[float] = []

    def random_choice(self, p: float = 0.5) -> Any:
        self.odds.append(float(p))
        return self.answer

    def random(self, *_: Any, **__: Any) -> Any:
        raise _Unreadable

    randint = choice = uniform = randrange = random_flip = random_vector = random
