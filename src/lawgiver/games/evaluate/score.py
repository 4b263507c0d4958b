"""A cell's prompts put to a policy, and what is kept of the answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lawgiver.games.evaluate.cells import Cell, questions
from lawgiver.games.evaluate.measure import right
from lawgiver.games.evaluate.numbers import finite
from lawgiver.games.evaluate.plan import Plan, Setup
from lawgiver.games.learn.objective import pooled
from lawgiver.games.learn.policy import Policy
from lawgiver.games.learn.reached import gap, legalised
from lawgiver.games.markov import Floats
from lawgiver.games.prompts.question import Question

Row = dict[str, Any]


def score_cell(plan: Plan, cell: Cell, policy: Policy) -> Row:
    """Score one cell: the line for `cells.jsonl`, without `NaN`."""
    started = time.perf_counter()
    asked = questions(plan, cell)
    together = [question for several in asked.values() for question in several]
    p_NA = np.exp(policy.action_logprobs(together))
    row: Row = {
        "id": cell.id,
        **{"part": cell.part, "player": cell.player, "game": cell.game, "words": cell.words},
        **{"permutation": cell.permutation, "phrasing": cell.phrasing, "persona": cell.persona},
        "n": len(together),
    }
    if cell.part == "unrelated":
        row["probes"] = [_probe(question, p_A) for question, p_A in zip(together, p_NA, strict=True)]
    else:
        row |= _table(plan.setups[cell.game], asked, p_NA)
    if cell.part == "flip":  # the optimum is that of the game as it is
        row |= {"right": None, "gap": None}
    return {**row, "seconds": round(time.perf_counter() - started, 3)}


def tables(row: Mapping[str, Any]) -> list[Floats]:
    """The exact tables of a row, `(H, A)`, one for each tuple of words; illegal mass is what rows lack to 1."""
    return [np.array(each["p"]) for each in row["by_words"].values()]


def pooled_table(row: Mapping[str, Any]) -> Floats:
    """Their mean."""
    p_HA: Floats = np.mean(tables(row), axis=0)
    return p_HA


def _table(setup: Setup, asked: Mapping[str, Sequence[Question]], p_NA: Floats) -> Row:
    histories = setup.problem.histories
    history_N = np.array([question.state for several in asked.values() for question in several], dtype=np.int64)
    by_words, start = {}, 0
    for words, several in asked.items():
        own = slice(start, start + len(several))
        by_words[words] = pooled(p_NA[own], history_N[own], histories)
        start += len(several)
    p_HA = np.mean(list(by_words.values()), axis=0)
    return {
        "p": legalised(p_HA).tolist(),
        "legal": float(p_HA.sum(axis=1).mean()),
        "legal_least": float(p_NA.sum(axis=1).min()),
        "right": finite(right(p_HA, setup)),
        "gap": gap(p_NA, history_N, setup.oracle) if setup.decided_H.any() else None,
        "by_words": {words: {"p": table_HA.tolist()} for words, table_HA in by_words.items()},
    }


def _probe(question: Question, p_A: Floats) -> Row:
    tags = question.tags
    return {
        **{"kind": tags["unrelated"], "probe": tags["probe"], "state": question.state, "final": tags["final"]},
        "right": int(tags["right"]) if tags["right"] else None,
        "p": p_A.tolist(),
    }
