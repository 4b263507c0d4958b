"""What an opponent is: a table of its answers for exact learning, and a live seat for play.

Both describe the same player. The table is written from the learner's side, because the learner's problem is built
from it; the seat sees its own move first, as the player itself would.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.stage import Stage

Floats = NDArray[np.float64]
Moves = NDArray[np.int64]


class Seat(Protocol):
    """A player that takes part in E games at once; round by round, `act` and then `observe`."""

    def act(self) -> Moves:
        """Its move of this round in each game, `(E,)`.

        With two players the index of its action; with N, how many of the N-1 others play D (the stage's situation).
        """
        ...

    def observe(self, own_E: Moves, other_E: Moves) -> None:
        """See how the round went.

        Called before the first `act`, it sets the last moves that the games start from; nothing is learned from it.

        Args:
            own_E: what this player played, which noise may have changed from what it chose.
            other_E: the learner's action.
        """
        ...


class Opponent(Protocol):
    """A player to meet, of which any number can be seated."""

    @property
    def name(self) -> str:
        """The text that `opponent(...)` makes it from."""
        ...

    @property
    def memory(self) -> int | None:
        """Rounds it looks back: 0 none, k, or None where no number is enough."""
        ...

    @property
    def memory_one(self) -> tuple[float, Floats] | None:
        """P(C) in the first round and `p_4` = P(C | CC, CD, DC, DD), own move first.

        None if it looks back further, plays no 2×2 games, or looks at the payoffs; `memory_one_of` takes a game.
        """
        ...

    def table(self, stage: Stage, history: int) -> Floats:
        """P(the other plays situation b | the learner's history h), `q_HB` with H = (A·B)**history.

        Args:
            stage: the game, from the learner's side.
            history: rounds the learner sees. A history's index has one base-(A·B) digit a·B + b for each round, the
                oldest first.

        Raises:
            ConfigurationError: if it has no finite memory, looks back further than `history`, or cannot play the
                game; or if it has no memory and `history` is above 1.
        """
        ...

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> Seat:
        """Seat it in `episodes` new games that share nothing but `rng`.

        Raises:
            ConfigurationError: if it cannot play the game.
        """
        ...
