"""Who scores how much: the ranking, and everybody against everybody."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Beside, Block, Cell, Fold, Group, Plot, Plots, Prose, Row, Table, scale
from lawgiver.report.games.dots import Dot, dots
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.games.parts import Floats, Part, known
from lawgiver.report.words import brief, clean, interval_range, number, percent

NAMED = 8
"""Up to so many players the columns of a matrix are named; beyond, they are numbered as the rows are."""


def ranking(material: GamesMaterial) -> dict[str, Any] | None:
    """The ranking as a picture and as a table."""
    summary = material.summary
    rows = summary.parts("ranking")
    if not rows:
        return None
    levels = {f"{name}: {number(value)}": value for name, value in _levels(summary).items()}
    caption = (
        "Mean score a round over all others; bars are 95 % intervals, and a mark without one was computed. Dashed: "
        "both always play the same."
    )
    pairs = [(row.text("player"), [Dot(row.number("score"), row.number("low"), row.number("high"))]) for row in rows]
    picture = dots("ranking", "Ranking", caption, pairs, levels=levels, xlabel="score a round")
    table = Table(
        "Ranking, in numbers",
        "Simple strategies below, as each would score against this field.",
        "Player",
        ["Score a round", "95 % interval", "Cooperates"],
        [Group([_ranked(i, row) for i, row in enumerate(rows, 1)]), Group(_baselines(summary), "For comparison")],
    )
    shown: list[Block] = [Beside([Plots([Plot("Ranking", caption, picture)]), table])]
    mixtures = _mixtures(summary)
    return {"blocks": [*shown, *([Prose(mixtures, quiet=True)] if mixtures else [])]}


def matrices(material: GamesMaterial) -> dict[str, Any] | None:
    """Score and cooperation of every player against every other, in the order of the ranking."""
    summary = material.summary
    names = summary.texts("players")
    if not names:
        return None
    score_PP, cooperation_PP = (summary.numbers(key, len(names), len(names)) for key in ("scores", "cooperation"))
    order = _order(summary, names)
    sampled = np.isfinite(summary.numbers("scores_low", len(names), len(names))) & (
        summary.numbers("scores_low", len(names), len(names)) < summary.numbers("scores_high", len(names), len(names))
    )
    finite = score_PP[np.isfinite(score_PP)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    scores = _matrix(
        "Scores",
        "What the row’s player scores a round against the column’s; the stronger the colour, the more.",
        names,
        order,
        [[_score(score_PP[i, j], low, high, bool(sampled[i, j])) for j in order] for i in order],
    )
    cooperation = _matrix(
        "Cooperation",
        "How often the row’s player cooperates with the column’s; the stronger the colour, the more.",
        names,
        order,
        [[Cell(percent(known(c)), share=scale(known(c), 0, 1)) for c in cooperation_PP[i, order]] for i in order],
    )
    notes = [Prose("± marks what was played out and has an interval; all else was computed.", quiet=True)]
    return {"blocks": [scores, *(notes if sampled.any() else []), cooperation, _spread(score_PP, names)]}


def _levels(summary: Part) -> dict[str, float]:
    payoffs = summary.part("baselines").part("payoffs")
    return {clean(name): value for name in payoffs.content if (value := payoffs.number(name)) is not None}


def _ranked(place: int, row: Part) -> Row:
    interval = {"low": row.number("low"), "high": row.number("high")}
    sampled = row.content.get("sampled") is True
    return Row(
        f"{place}. {clean(row.text('player'))}",
        [
            Cell(number(row.number("score"), 3)),
            Cell(interval_range(interval) if sampled else "computed"),
            Cell(percent(row.number("cooperation"))),
        ],
    )


def _baselines(summary: Part) -> list[Row]:
    field = summary.part("baselines").part("against_the_field")
    rows = []
    for name, row in field.children().items():
        low, high = row.number("low"), row.number("high")
        drawn = low is not None and high is not None and low < high
        interval = interval_range({"low": low, "high": high}) if drawn else "computed"
        rows.append(Row(clean(name), [Cell(number(row.number("score"), 3)), Cell(interval), Cell("")]))
    return rows


def _mixtures(summary: Part) -> str:
    parts = []
    for name, mixture in summary.part("mixtures").children().items():
        members = ", ".join(f"{clean(member)} {percent(mixture.number(member))}" for member in mixture.content)
        parts.append(f"{clean(name)} plays one of its members in each match: {members}.")
    return " ".join(parts)


def _order(summary: Part, names: list[str]) -> list[int]:
    ranked = [row.text("player") for row in summary.parts("ranking")]
    places = {name: place for place, name in enumerate(ranked)}
    return sorted(range(len(names)), key=lambda i: places.get(names[i], len(names)))


def _matrix(title: str, caption: str, names: list[str], order: list[int], cells: list[list[Cell]]) -> Table:
    columns = [brief(names[i], 14) if len(names) <= NAMED else f"{place}" for place, i in enumerate(order, 1)]
    rows = [
        Row(f"{place}. {brief(names[i], 34)}", row) for place, (i, row) in enumerate(zip(order, cells, strict=True), 1)
    ]
    return Table(title, caption, "Player", columns, [Group(rows)], heat=True)


def _score(value: float, low: float, high: float, sampled: bool) -> Cell:
    score = known(value)
    return Cell(number(score) + (" ±" if sampled and score is not None else ""), share=_least(scale(score, low, high)))


def _spread(score_PP: Floats, names: list[str]) -> Block:
    """Who scores more than the other in each pairing, counted."""
    lead_PP = np.where(np.isfinite(score_PP - score_PP.T), score_PP - score_PP.T, 0.0)
    rows = []
    for i, name in enumerate(names):
        others = [j for j in range(len(names)) if j != i]
        ahead, behind = (int((sign * lead_PP[i, others] > 1e-9).sum()) for sign in (1, -1))
        rows.append(
            Row(brief(name, 34), [Cell(str(ahead)), Cell(str(len(others) - ahead - behind)), Cell(str(behind))])
        )
    table = Table(
        "Pairings",
        "How many others a player scores more, as much, or less than; who cooperates can lead without beating anybody.",
        "Player",
        ["Ahead", "Level", "Behind"],
        [Group(rows)],
    )
    return Fold("Who beats whom", [table])


def _least(share: float | None) -> float | None:
    """The lowest score is not nothing, so it is not shown as nothing."""
    return None if share is None else max(0.03, share)
