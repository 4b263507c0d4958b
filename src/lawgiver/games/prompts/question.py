"""A question: one prompt that shows a state of a game, and the word that stands for each action."""

from __future__ import annotations

from dataclasses import dataclass, field

NO_STATE = -1
"""The state of a question that shows none, such as an everyday question beside the game."""


@dataclass(frozen=True)
class Question:
    """What is asked of a model, and how its answers are read."""

    state: int
    """Index of the history that the prompt shows (base A·B digits, oldest round first); NO_STATE if it shows none."""
    conversation: tuple[dict[str, str], ...]
    """Messages with role and content; the user's comes last."""
    answers: tuple[str, ...]
    """The word for each of the A own actions, in the order of `stage.actions`."""
    tags: dict[str, str] = field(default_factory=dict)
    """What varies over a grid: game, role, phrasing, words, layout, persona."""
