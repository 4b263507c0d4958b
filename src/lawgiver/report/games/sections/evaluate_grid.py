"""Generalisation: the same question in other words, in other layouts and in other stories."""

from __future__ import annotations

import math
from typing import Any

from lawgiver.report.games.blocks import Block, Cell, Fold, Group, Prose, Row, State, Table, scale
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Floats, Part, known
from lawgiver.report.games.sections.evaluate_common import title_of
from lawgiver.report.words import NOTHING, clean, count, first_upper, number, percent

KINDS = {"words": "Other words", "permutation": "Other layouts of the payoffs", "phrasing": "Other ways to tell it"}
LOW = 0.8
"""Conformity below which a cell is pointed at."""


def build(material: GamesMaterial) -> dict[str, Any] | None:
    """A heat map of conformity with the optimum, and the change from the reference on request."""
    summary = material.summary
    grid = summary.part("grid")
    variations, games = grid.parts("variations"), grid.texts("games")
    if not variations or not games:
        return None
    values = {
        key: {game: grid.part(key).numbers(game, len(variations)) for game in games}
        for key in ("right", "legal", "change")
    }
    table = _table(summary, variations, games, values["right"], values["legal"])
    changes = Table(
        "Change from the reference",
        "Mean total variation of the answers, 0 to 1; the stronger the colour, the larger the change.",
        "Variation",
        [title_of(summary, game) for game in games],
        _groups(variations, games, lambda i, game: _change(values["change"][game][i])),
        heat=True,
    )
    blocks: list[Block] = [
        Prose(_said(variations, games, values["right"], summary)),
        table,
        Fold("How far answers move", [changes]),
    ]
    if everything := _all(summary, grid, games):
        blocks.append(everything)
    return {"blocks": blocks}


def _table(
    summary: Part, variations: list[Part], games: list[str], right: dict[str, Floats], legal: dict[str, Floats]
) -> Table:
    return Table(
        "Plays as the optimum asks",
        "Mean probability of the optimal action among legal answers, over histories with one optimum; below it the "
        f"legal share where it is under 99 %. ✗ marks less than {percent(LOW)}. A dash: not asked, or no single "
        "optimum.",
        "Variation",
        [title_of(summary, game) for game in games],
        _groups(variations, games, lambda i, game: _right(right[game][i], legal[game][i])),
        heat=True,
    )


def _groups(variations: list[Part], games: list[str], cell: Any) -> list[Group]:
    groups: dict[str, list[Row]] = {}
    for i, variation in enumerate(variations):
        title = clean(variation.text("title", variation.text("id")))
        head = title if "/" in title else first_upper(title)  # action words are quoted as they are
        row = Row(head, [cell(i, game) for game in games])
        groups.setdefault(variation.text("kind"), []).append(row)
    return [Group(rows, KINDS.get(kind, clean(kind))) for kind, rows in groups.items()]


def _right(right: Any, legal: Any) -> Cell:
    value, lawful = known(right), known(legal)
    if value is None:
        return Cell(NOTHING)
    state: State = "bad" if value < LOW else ""
    detail = f"legal {percent(lawful)}" if lawful is not None and lawful < 0.99 else ""
    return Cell(number(value), detail, scale(value, 0.3, 1), state, "low")


def _change(change: Any) -> Cell:
    value = known(change)
    return Cell(number(value), share=None if value is None else min(1.0, max(0.0, value)))


def _said(variations: list[Part], games: list[str], right: dict[str, Floats], summary: Part) -> str:
    """The weakest cell and how many are fine."""
    found = [
        (float(value), clean(variations[i].text("title", variations[i].text("id"))), game)
        for game in games
        for i, value in enumerate(right[game])
        if not math.isnan(value)
    ]
    if not found:
        return "No variation has a single optimum that could be compared with."
    fine = sum(value >= 0.95 for value, _, _ in found)
    low, variation, game = min(found)
    return (
        f"In {fine} of {count(len(found), 'cell')} at least 95 % of legal answers are optimal; the weakest is "
        f"“{variation}” in {title_of(summary, game)} with {percent(low)}."
    )


def _all(summary: Part, grid: Part, games: list[str]) -> Block | None:
    """The least of all combinations, where more than one thing was changed at a time."""
    rows = []
    for game in games:
        part = grid.part("all").part(game)
        if part:
            keys = ("right", "right_least", "legal", "legal_least")
            rows.append(
                Row(
                    title_of(summary, game),
                    [Cell(str(part.whole("cells"))), *(Cell(number(part.number(k))) for k in keys)],
                )
            )
    if not rows:
        return None
    columns = ["Cells", "Optimal, mean", "Least", "Legal, mean", "Least"]
    table = Table(
        "All cells of a game", "Mean and least over everything that was asked.", "Game", columns, [Group(rows)]
    )
    return Fold("Mean and least of all cells", [table])
