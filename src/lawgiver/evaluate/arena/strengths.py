"""Everybody against everybody in one metric: Bradley–Terry strengths, the base's fixed at 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.evaluate.arena.entrants import Field
from lawgiver.evaluate.arena.scores import Floats, Metric, by_prompt, mean_of_scored, scores_of, wins
from lawgiver.evaluate.summary import SEED
from lawgiver.stats.bradley_terry import Strengths, bradley_terry


def strengths(field: Field, metric: Metric, resamples: int) -> dict[str, Any]:
    """Strengths of all models in log-odds, from the comparisons of every pair on every prompt."""
    wins_CPP = all_wins(field, metric)
    if np.isnan(wins_CPP).all():
        return {"unscored": "no two models were scored on the same scenario"}
    found = bradley_terry(wins_CPP, seed=SEED, resamples=resamples)
    return {
        "strengths": [
            {"name": name, "strength": interval.to_json()}
            for name, interval in zip(field.names, found.intervals, strict=True)
        ],
        "finite": found.finite,
        "connected": found.connected,
        "ridge": found.ridge,
        "ridged": found.ridged,
        "message": _message(found, field.names),
    }


def all_wins(field: Field, metric: Metric) -> Floats:
    """How far each of P models beats each other one, once a prompt, `(C, P, P)`; NaN where not compared."""
    scores = [scores_of(entrant, metric) for entrant in field.entrants]
    players = len(scores)
    table_PPN = np.full((players, players, len(field.rows)), np.nan)
    for i in range(players):
        for j in range(i):
            each_STN = wins(scores[i], scores[j], higher_is_better=metric.higher_is_better)
            table_PPN[i, j] = mean_of_scored(each_STN, (0, 1))
            table_PPN[j, i] = 1 - table_PPN[i, j]
    return np.moveaxis(by_prompt(table_PPN, field.prompts), -1, 0)


def _message(found: Strengths, names: list[str]) -> str:
    """What has to be said of strengths that the data alone do not give."""
    groups = " and ".join("{" + ", ".join(names[i] for i in group) + "}" for group in found.groups)
    held = f"a ridge of {found.ridge:g} keeps the strengths finite, and how far the groups lie apart is its doing"
    if not found.connected:
        return f"the comparisons do not connect all models: {groups}; {held}"
    if not found.finite:
        return f"there is no finite maximum of the likelihood: between {groups} one side won every comparison; {held}"
    if found.ridged > 0:
        return (
            f"in {found.ridged:.0%} of the resamples one side won every comparison; a ridge of {found.ridge:g} keeps "
            "those finite, so the far ends of the intervals depend on it"
        )
    return ""
