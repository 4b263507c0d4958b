"""What the sections of an evaluation share: its players, its games, its numbers with intervals."""

from __future__ import annotations

from pathlib import PurePath

from lawgiver.report.games.blocks import Cell
from lawgiver.report.games.dots import Dot
from lawgiver.report.games.naming import Names
from lawgiver.report.games.parts import Part
from lawgiver.report.words import clean, interval_range, number, percent

MODEL = "model"


def players(summary: Part) -> dict[str, str]:
    """Key → name for people, in the order of display."""
    return {name: label_of(summary, name) for name in summary.texts("players")}


def label_of(summary: Part, player: str) -> str:
    """What a player is called."""
    if player != MODEL:
        return {"base": "untrained"}.get(player, clean(player).replace("base as", "untrained, asked as"))
    several = summary.texts("models")
    return f"{len(several)} runs" if len(several) > 1 else clean(PurePath(summary.text("model", MODEL)).name)


def measured(summary: Part, player: str) -> dict[str, Part]:
    """Game → what was measured of a player."""
    source = summary.part("measures") if player == MODEL else summary.part("baselines").part(player)
    return source.children()


def game_names(game: Part) -> Names:
    """How a game's histories, actions and situations are called."""
    return Names(tuple(game.texts("histories")), tuple(game.texts("actions")), tuple(game.texts("situations")))


def title_of(summary: Part, game: str) -> str:
    """A game's title."""
    for part in summary.parts("games"):
        if part.text("name") == game:
            return clean(part.text("title", game))
    return clean(game)


def dot(part: Part) -> Dot:
    """A number with its interval."""
    return Dot(part.number("estimate"), part.number("low"), part.number("high"))


def ranged(part: Part) -> str:
    """The interval in brackets; nothing where there is none or it has no width that can be seen."""
    low, high = part.number("low"), part.number("high")
    seen = low is not None and high is not None and number(low) != number(high)
    return interval_range({"low": low, "high": high}) if seen else ""


def cell(part: Part, *, share: bool = False, digits: int = 2) -> Cell:
    """A number and its interval as a cell, coloured if it is a share."""
    estimate = part.number("estimate")
    return Cell(
        number(estimate, digits), ranged(part), min(1.0, max(0.0, estimate)) if share and estimate is not None else None
    )


def units(summary: Part) -> str:
    """What intervals are over."""
    part = summary.part("units")
    n = len(part.texts("names"))
    kind = {"seeds": "seeds", "words": "sets of words"}.get(part.text("by"), "units")
    return f"Intervals are over {n} {kind}." if n > 1 else "A single unit was measured, so there are no intervals."


def at_least(value: float | None) -> str:
    """A share that nothing falls below."""
    return f"least {percent(value)}"
