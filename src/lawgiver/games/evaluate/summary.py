"""What the scored cells add up to: `summary.json`, computed again from `cells.jsonl` without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lawgiver.games import measures
from lawgiver.games.evaluate import probes
from lawgiver.games.evaluate.cells import BASE, Cell, model_name, reference
from lawgiver.games.evaluate.grid import heat_map
from lawgiver.games.evaluate.measure import measure
from lawgiver.games.evaluate.numbers import combined, finite, number
from lawgiver.games.evaluate.panel import panel_of
from lawgiver.games.evaluate.plan import Plan, Setup
from lawgiver.games.evaluate.score import pooled_table, tables
from lawgiver.games.learn.reached import gap, legalised
from lawgiver.games.markov import Floats

Document = dict[str, Any]
Row = Mapping[str, Any]
MODEL = "model"


def summarise(plan: Plan, rows: Mapping[str, Row]) -> Document:
    """Sum up an evaluation.

    Args:
        plan: what was evaluated.
        rows: the lines of `cells.jsonl` by id.
    """
    config = plan.config
    names = player_names(plan, rows)
    units = {name: {game: _units(plan, rows, name, game) for game in plan.setups} for name in names}
    measured = {
        name: {game: _measured(plan, rows, name, game, own) for game, own in games.items() if own}
        for name, games in units.items()
    }
    main, first = plan.main.stage.name, measured[MODEL]
    several = len(plan.subjects) > 1 or plan.tables
    point = reference(plan)
    reference_row = rows[Cell("grid", model_name(0), main, *point).id]
    return {
        "kind": "games-evaluate",
        **{"model": ", ".join(config.models), "models": list(config.models), "base": config.base},
        "policy": plan.subjects[0].kind,
        "charter": plan.charter.spec.name,
        **{"game": main, "framework": plan.framework.name, "framework_title": plan.framework.title},
        **{"opponent": config.opponents[0], "opponents": list(config.opponents), "rounds": config.rounds},
        "units": {
            "by": "seeds" if several else "words",
            "names": list(config.models) if several else list(reference_row["by_words"]),
        },
        "words": point[0],
        **{key: first[main][key] for key in ("legal", "legal_least", "right", "gap")},
        **{name: _block(plan, rows, name) for name in ("trained", "held_out")},
        "games": [_game(setup) for setup in plan.setups.values()],
        "players": names,
        "measures": first,
        "baselines": {name: measured[name] for name in names if name != MODEL},
        "panel": {
            game: panel_of({name: [p for p, _ in units[name][game]] for name in names if units[name][game]}, setup)
            for game, setup in plan.setups.items()
        },
        "frameworks": plan.titles,
        "grid": heat_map(plan, rows),
        **probes.summary(plan, rows),
        "left_out": plan.left_out,
        "prompts": sum(row.get("n", 0) for row in rows.values()),
        "tokens": sum(row.get("tokens", 0) for row in rows.values()),
        "seconds": round(sum(row.get("seconds", 0.0) for row in rows.values()), 1),
    }


def player_names(plan: Plan, rows: Mapping[str, Row]) -> list[str]:
    """The players in order of display: what is evaluated, the untrained model with and without persona, tables."""
    scored = dict.fromkeys(row["player"] for row in rows.values() if row["part"] == "baselines")
    return [MODEL, *scored, *measures.reference_players(plan.main.problem), "uniform"]


def _units(plan: Plan, rows: Mapping[str, Row], name: str, game: str) -> list[tuple[Floats, Floats | None]]:
    """The tables of a player in one game with those for flipped payoffs, one for each unit; none if it cannot play."""
    setup, point = plan.setups[game], reference(plan)
    if name == "uniform":
        return [(np.full_like(setup.problem.reward_HA, 1 / setup.problem.actions), None)]
    exact = measures.reference_players(setup.problem)
    if name in exact:
        return [(exact[name], exact[name] if setup.flipped is not None else None)]
    if name != MODEL and not name.startswith(BASE):
        return []
    if name != MODEL:
        return _of_player(rows, Cell("baselines", name, game, *point, name.removeprefix(BASE).removeprefix(" as ")))
    if len(plan.subjects) == 1 and not plan.tables:
        return _of_player(rows, Cell("grid", model_name(0), game, *point))
    units = []
    for index in range(len(plan.subjects)):
        own = _of_player(rows, Cell("grid", model_name(index), game, *point))
        flips = [flip for _, flip in own if flip is not None]
        units.append((np.mean([p for p, _ in own], axis=0), np.mean(flips, axis=0) if flips else None))
    return units


def _of_player(rows: Mapping[str, Row], cell: Cell) -> list[tuple[Floats, Floats | None]]:
    flip = rows.get(Cell("flip", cell.player, cell.game, cell.words, cell.permutation, cell.phrasing).id)
    own = tables(rows[cell.id])
    flips: Sequence[Floats | None] = tables(flip) if flip is not None and not cell.persona else [None] * len(own)
    return list(zip(own, flips, strict=True))


def _measured(
    plan: Plan, rows: Mapping[str, Row], name: str, game: str, units: Sequence[tuple[Floats, Floats | None]]
) -> Document:
    setup = plan.setups[game]
    p_HA = np.mean([p for p, _ in units], axis=0)
    documents = [measure(p, setup, plan.config.rounds, flip) for p, flip in units]
    document: Document = {
        "p": legalised(p_HA).tolist(),
        "legal_by_history": p_HA.sum(axis=1).tolist(),
        **_extremes(plan, rows, name, game, p_HA),
        **{"sensitivity": None, "self_play": None},
        **combined(documents),
    }
    for opponent in setup.problems:
        one = documents[0]["opponents"][opponent]
        document["opponents"][opponent]["best"] = finite(one["value"] + one["behind_best"])
    document["across"] = _across(document["opponents"])
    return document


def _extremes(plan: Plan, rows: Mapping[str, Row], name: str, game: str, p_HA: Floats) -> Document:
    """The least legal and the least right prompt; of an exact table, the history."""
    point = reference(plan)
    if name == MODEL:
        found = [rows[Cell("grid", model_name(i), game, *point).id] for i in range(len(plan.subjects))]
    elif name.startswith(BASE):
        found = [rows[Cell("baselines", name, game, *point, name.removeprefix(BASE).removeprefix(" as ")).id]]
    else:
        setup = plan.setups[game]
        missed = gap(p_HA, np.arange(len(p_HA)), setup.oracle) if setup.decided_H.any() else None
        return {"legal_least": float(p_HA.sum(axis=1).min()), "gap": missed}
    gaps = [row["gap"] for row in found if row["gap"] is not None]
    return {"legal_least": min(row["legal_least"] for row in found), "gap": max(gaps) if gaps else None}


def _across(opponents: Mapping[str, Document]) -> Document:
    """Means over the opponents, with intervals over them."""
    found: Document = {}
    for key in ("value", "behind_best", "normalised"):
        found[key] = number([_float(each[key]["estimate"]) for each in opponents.values()])
    for key in ("collective", "minimum", "gini"):
        found[key] = number([_float(each["welfare"][key]["estimate"]) for each in opponents.values()])
    return found


def _block(plan: Plan, rows: Mapping[str, Row], words: str) -> Document | None:
    """The main game with one pool of words, over all models."""
    _, permutation, phrasing = reference(plan)
    ids = [
        Cell("grid", model_name(index), plan.main.stage.name, words, permutation, phrasing).id
        for index in range(len(plan.subjects))
    ]
    if any(name not in rows for name in ids):
        return None
    found = [rows[name] for name in ids]
    p_HA = np.mean([pooled_table(row) for row in found], axis=0)
    rights = [row["right"] for row in found if row["right"] is not None]
    gaps = [row["gap"] for row in found if row["gap"] is not None]
    return {
        "words": len(found[0]["by_words"]),
        "p": legalised(p_HA).tolist(),
        "legal": float(np.mean([row["legal"] for row in found])),
        "legal_least": min(row["legal_least"] for row in found),
        "right": float(np.mean(rights)) if rights else None,
        "gap": max(gaps) if gaps else None,
    }


def _game(setup: Setup) -> Document:
    stage, oracle = setup.stage, setup.oracle
    given = [s[0] if stage.players == 2 else str(stage.players - 1 - b) for b, s in enumerate(stage.situations)]
    return {
        **{"name": stage.name, "title": stage.title, "players": stage.players, "role": stage.role},
        **{"actions": list(stage.actions), "situations": given, "histories": setup.histories},
        **{"oracle": oracle.text, "visited": oracle.visited_text, "best": oracle.best_HA.tolist()},
        **{"unique": oracle.unique_H.tolist(), "reachable": setup.problem.reachable_H.tolist()},
        "words": {name: ["/".join(words) for words in several] for name, several in setup.words.items()},
    }


def _float(value: float | None) -> float:
    return float("nan") if value is None else value
