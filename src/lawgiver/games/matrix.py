"""Games of two players, of any number of actions, symmetric or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.payoffs import action_ids, number, payoff_array, text
from lawgiver.games.stage import StageView
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, eq=False)
class MatrixGame:
    """One round between a row and a column player who move at once.

    Raises:
        ConfigurationError: if payoffs or action ids are not as described.
    """

    name: str
    """Its id, such as `ipd`."""
    title: str
    """Its name for readers."""
    payoffs_2AB: NDArray[np.float64]
    """`[0]` the row player's payoff, `[1]` the column player's, by row (A >= 2) and column (B >= 2); finite."""
    row_actions: tuple[str, ...] = ()
    """Ids of the rows; left empty they are C and D in a 2×2 game, A0, A1, … in a larger one."""
    column_actions: tuple[str, ...] = ()
    """Ids of the columns; defaults as for the rows."""

    def __post_init__(self) -> None:
        text(self.name, "name")
        text(self.title, f"{self.name}: title")
        payoffs_2AB = payoff_array(self.payoffs_2AB, f"{self.name}: payoffs")
        shape = payoffs_2AB.shape
        if len(shape) != 3 or shape[0] != 2 or min(shape) < 2:
            raise ConfigurationError(
                f"{self.name}: payoffs of shape {shape}; give both players' payoffs for two or more rows and columns"
            )
        object.__setattr__(self, "payoffs_2AB", payoffs_2AB)
        for side, key, count in ((0, "row_actions", shape[1]), (1, "column_actions", shape[2])):
            default = ("C", "D") if shape == (2, 2, 2) else tuple(f"A{i}" for i in range(count))
            given = (self.row_actions, self.column_actions)[side]
            # () stands for the default; any other empty thing is a mistake and named as one
            ids = default if given == () else action_ids(given, count, f"{self.name}: {key}")
            object.__setattr__(self, key, ids)

    @classmethod
    def from_entries(cls, name: str, title: str, entries: Mapping[str, Sequence[float]]) -> MatrixGame:
        """A game from its joint moves: `{"CC": (3, 3), "CD": (0, 4), "DC": (4, 0), "DD": (1, 1)}`.

        Keys are the row's and the column's action, run together if each is one letter, else with a comma between;
        values are the row's and the column's payoff. Actions are numbered as they first appear.

        Raises:
            ConfigurationError: if a joint move is missing or misspelt, or a value is not a pair of numbers.
        """
        pairs = {key: _joint_move(key, f"{name}: entries") for key in entries}
        rows = tuple(dict.fromkeys(row for row, _ in pairs.values()))
        columns = tuple(dict.fromkeys(column for _, column in pairs.values()))
        payoffs: dict[tuple[str, str], Sequence[float]] = {}
        for key, pair in pairs.items():
            values = entries[key]
            where = f"{name}: entries[{key!r}]"
            if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 2:
                raise ConfigurationError(f"{where}: {values!r}; give the row's and the column's payoff")
            payoffs[pair] = [number(value, where) for value in values]
        missing = [(row, column) for row in rows for column in columns if (row, column) not in payoffs]
        if missing:
            raise ConfigurationError(f"{name}: entries: nothing for {missing[0]}; give every joint move once")
        table = [[[payoffs[row, column][side] for column in columns] for row in rows] for side in (0, 1)]
        return cls(name, title, payoff_array(table, name), rows, columns)

    @property
    def players(self) -> int:
        """Two."""
        return 2

    @property
    def action_counts(self) -> tuple[int, ...]:
        """How many actions each player has, row first."""
        return len(self.row_actions), len(self.column_actions)

    @property
    def symmetric(self) -> bool:
        """Whether swapping the players changes nothing."""
        mirrored = self.transposed()
        return self.row_actions == self.column_actions and np.array_equal(self.payoffs_2AB, mirrored.payoffs_2AB)

    def seen_by(self, role: str = "row") -> StageView:
        """The game from the seat of the `row` or the `column` player.

        Raises:
            ConfigurationError: if the role is neither.
        """
        if role not in ("row", "column"):
            raise ConfigurationError(f"{self.name}: role {role!r}; choose row or column")
        game = self if role == "row" else self.transposed()
        return StageView(
            name=self.name,
            title=self.title,
            players=2,
            role=role,
            actions=game.row_actions,
            situations=tuple((action,) for action in game.column_actions),
            own_AB=game.payoffs_2AB[0],
            others_ABN=game.payoffs_2AB[1][:, :, None],
        )

    def situations(self, actions_EP: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
        """What each player meets in joint moves (E, 2): the other's action, (E, 2)."""
        return actions_EP[:, ::-1].astype(np.intp)

    def play(self, actions_EP: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Payoffs (E, 2) of joint moves (E, 2) whose indices are known to be in range, row player first."""
        row_E, column_E = actions_EP.T
        index_E = row_E.astype(np.intp) * len(self.column_actions) + column_E
        payoffs_E2: NDArray[np.float64] = self.payoffs_2AB.reshape(2, -1).T.take(index_E, axis=0)
        return payoffs_E2

    def affine(self, scale: float, shift: float) -> MatrixGame:
        """The same game in other units, `scale * payoff + shift`; best responses stay what they were.

        Raises:
            ConfigurationError: if the scale is not positive, or one of the two is not a finite number.
        """
        if number(scale, f"{self.name}: scale") <= 0:
            raise ConfigurationError(f"{self.name}: scale {scale!r} turns or flattens preferences; give one above 0")
        return replace(self, payoffs_2AB=self.payoffs_2AB * scale + number(shift, f"{self.name}: shift"))

    def permuted(self, rows: Sequence[int], columns: Sequence[int]) -> MatrixGame:
        """The same game with its actions in another order: new row i is old row `rows[i]`, ids travel along.

        Raises:
            ConfigurationError: if either is not a permutation.
        """
        for key, order, count in zip(("rows", "columns"), (rows, columns), self.action_counts, strict=True):
            if sorted(order) != list(range(count)):
                raise ConfigurationError(f"{self.name}: {key} {list(order)}; give each of 0 to {count - 1} once")
        return replace(
            self,
            payoffs_2AB=self.payoffs_2AB[:, list(rows)][:, :, list(columns)],
            row_actions=tuple(self.row_actions[i] for i in rows),
            column_actions=tuple(self.column_actions[i] for i in columns),
        )

    def transposed(self) -> MatrixGame:
        """The same game with the players' seats swapped."""
        return replace(
            self,
            payoffs_2AB=self.payoffs_2AB[::-1].transpose(0, 2, 1),
            row_actions=self.column_actions,
            column_actions=self.row_actions,
        )


def _joint_move(key: str, where: str) -> tuple[str, str]:
    parts = [part.strip() for part in key.split(",")] if "," in key else list(key)
    if len(parts) != 2 or not all(parts):
        raise ConfigurationError(f"{where}: {key!r} is no joint move; write two letters, CD, or two ids, left,right")
    return parts[0], parts[1]
