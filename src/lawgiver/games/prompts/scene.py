"""A scene: a stage, a history, a layout and words put together, ready for a phrasing to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lawgiver.games.prompts.layout import Layout
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True)
class Cell:
    """One joint move and what it pays, as a prompt shows it."""

    own: str
    """The learner's word."""
    other: str
    """Two players: the other's word. N players: the word whose takers are counted."""
    count: int
    """How many others take the word `other`; 1 with two players."""
    yours: float
    """The learner's payoff as shown."""
    theirs: float
    """Two players: the other's payoff as shown. N players: the mean over the others."""


@dataclass(frozen=True)
class Scene:
    """What a phrasing tells."""

    stage: Stage
    layout: Layout
    words: dict[str, str]
    """Action id → word, for the actions of all players."""
    introduced: tuple[str, ...]
    """The learner's words in the order of their introduction."""
    offered: tuple[str, ...]
    """The other's words in the order of the table; the same set as `introduced` where the players share actions."""
    table: tuple[tuple[Cell, ...], ...]
    """The payoffs as rows of cells, in the order shown."""
    rounds: tuple[Cell, ...]
    """The past rounds, the oldest first."""
    final: tuple[str, ...]
    """The learner's words in the order of the last line."""

    @property
    def many(self) -> int:
        """How many others there are, if more than one; else 0."""
        return self.stage.players - 1 if self.stage.players > 2 else 0

    @property
    def shared(self) -> bool:
        """Whether all players have the same actions."""
        return set(self.introduced) == set(self.offered)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The table read row by row."""
        return tuple(cell for row in self.table for cell in row)


def action_ids(stage: Stage) -> tuple[str, ...]:
    """The ids that need a word: the learner's actions, then those that only the others have."""
    return tuple(dict.fromkeys((*stage.actions, *(action for moves in stage.situations for action in moves))))


def scene(stage: Stage, state: int, layout: Layout, words: Sequence[str]) -> Scene:
    """Put a scene together.

    Args:
        stage: The game from the learner's side.
        state: Index of the history of `layout.history` rounds, in 0 … (A·B)^history − 1.
        layout: The orders, and the affine transform of the payoffs.
        words: One word for each of `action_ids(stage)`.

    Raises:
        ConfigurationError: for a layout, a state or words that do not fit the stage.
    """
    layout.check(stage)
    ids = action_ids(stage)
    if len(words) != len(ids) or len(set(words)) != len(words):
        raise ConfigurationError(
            f"words for {stage.name}: {', '.join(map(repr, words))}; give {len(ids)} different words, for the actions "
            f"{', '.join(ids)}"
        )
    word = dict(zip(ids, words, strict=True))
    # with N players the action introduced first is the one counted, so neither action is always the one in view
    counted = stage.actions[layout.introduction[0]]

    def cell(a: int, b: int) -> Cell:
        moves = stage.situations[b]
        return Cell(
            own=word[stage.actions[a]],
            other=word[counted] if stage.players > 2 else word[moves[0]],
            count=moves.count(counted) if stage.players > 2 else 1,
            yours=layout.scale * float(stage.own_AB[a, b]) + layout.shift,
            theirs=layout.scale * float(stage.others_ABN[a, b].mean()) + layout.shift,
        )

    swapped = stage.role == "column"
    situations = layout.rows if swapped else layout.columns
    return Scene(
        stage=stage,
        layout=layout,
        words=word,
        introduced=tuple(word[stage.actions[a]] for a in layout.introduction),
        offered=tuple(dict.fromkeys(word[action] for b in situations for action in stage.situations[b])),
        table=tuple(tuple(cell(c, r) if swapped else cell(r, c) for c in layout.columns) for r in layout.rows),
        rounds=tuple(cell(*divmod(move, len(stage.situations))) for move in _moves(stage, state, layout.history)),
        final=tuple(word[stage.actions[a]] for a in layout.final),
    )


def number(value: float) -> str:
    """A payoff in figures, without a needless point, exponent or minus: `3`, `1.6`, `-0.25`."""
    text = f"{round(value, 6):.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def either(words: Sequence[str]) -> str:
    """The words as a choice: `a or b`, `a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _moves(stage: Stage, state: int, history: int) -> list[int]:
    base = len(stage.actions) * len(stage.situations)
    if not 0 <= state < base**history:
        raise ConfigurationError(
            f"state {state} of {stage.name}: a history of {history} has the states 0 … {base**history - 1}"
        )
    return [state // base ** (history - 1 - k) % base for k in range(history)]


def slashed(words: Sequence[str]) -> str:
    """`a/b/c`: with no blank before it, most tokenizers spell a word as they spell the answer, there to be copied."""
    return "/".join(words)
