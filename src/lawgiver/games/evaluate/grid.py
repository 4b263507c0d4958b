"""The heat map: how a policy does where one thing departs from the reference prompt, game by game."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lawgiver.games.evaluate.cells import Cell, model_name, reference
from lawgiver.games.evaluate.measure import distance
from lawgiver.games.evaluate.plan import Plan
from lawgiver.games.evaluate.score import pooled_table

Document = dict[str, Any]
Row = Mapping[str, Any]

TITLES = {
    "held_out": "held-out words",
    "trained": "training words",
    "paper_old": "action1/action2",
    "paper_new": "action3/action4",
    "paper_reversed": "action2/action1",
    "original": "rows and columns as they are",
    "columns_swapped": "columns swapped",
    "rows_swapped": "rows swapped",
    "both_swapped": "rows and columns swapped",
}


def variations(plan: Plan) -> list[Document]:
    """The reference and everything that departs from it in one thing: `{"id", "kind", "title"}`."""
    config = plan.config
    point = reference(plan)
    axes = (("words", config.sets), ("permutation", config.permutations), ("phrasing", config.phrasings))
    found = [{"id": point[0], "kind": "words", "title": TITLES[point[0]]}]
    for (kind, names), own in zip(axes, point, strict=True):
        found += [
            {"id": name, "kind": kind, "title": TITLES.get(name, f"told as {name}")} for name in names if name != own
        ]
    return found


def heat_map(plan: Plan, rows: Mapping[str, Row]) -> Document:
    """Conformity, legality and change for every game and variation, over all models; None where nothing was scored."""
    point = reference(plan)
    games = list(plan.setups)
    scored = {(row["words"], row["permutation"], row["phrasing"]) for row in rows.values() if row["part"] == "grid"}

    def place(variation: Document) -> dict[str, str]:
        return dict(zip(("words", "permutation", "phrasing"), point, strict=True)) | {
            variation["kind"]: variation["id"]
        }

    listed = [variation for variation in variations(plan) if tuple(place(variation).values()) in scored]

    def over(game: str, variation: Document, value: Callable[[Row, Row], float | None]) -> float | None:
        at = place(variation)
        values = []
        for index in range(len(plan.subjects)):
            row = rows.get(Cell("grid", model_name(index), game, **at).id)
            first = rows[Cell("grid", model_name(index), game, *point).id]
            if row is None or (found := value(row, first)) is None:
                return None
            values.append(found)
        return float(np.mean(values))

    def table(value: Callable[[Row, Row], float | None]) -> dict[str, list[float | None]]:
        return {game: [over(game, variation, value) for variation in listed] for game in games}

    return {
        "games": games,
        "reference": "/".join(point),
        "variations": listed,
        "right": table(lambda row, _: row["right"]),
        "legal": table(lambda row, _: row["legal"]),
        "change": table(lambda row, first: distance(pooled_table(row), pooled_table(first))),
        "all": {game: _all(rows, game) for game in games},
        "cells": sum(row["part"] == "grid" for row in rows.values()),
    }


def _all(rows: Mapping[str, Row], game: str) -> Document:
    """Over all cells of a game: with `full`, every combination."""
    own = [row for row in rows.values() if row["part"] == "grid" and row["game"] == game]
    rights = [row["right"] for row in own if row["right"] is not None]
    return {
        "cells": len(own),
        "right": float(np.mean(rights)) if rights else None,
        "right_least": min(rights) if rights else None,
        "legal": float(np.mean([row["legal"] for row in own])),
        "legal_least": min(row["legal_least"] for row in own),
    }
