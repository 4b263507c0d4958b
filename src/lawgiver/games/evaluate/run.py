"""An evaluation from beginning to end, kept in a run directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lawgiver.data.rundir import RunDirectory
from lawgiver.games.evaluate.cells import Cell, grown, model_name, players
from lawgiver.games.evaluate.numbers import rounded
from lawgiver.games.evaluate.plan import Plan
from lawgiver.games.evaluate.policies import Policies, Say
from lawgiver.games.evaluate.probes import drift_id
from lawgiver.games.evaluate.score import score_cell
from lawgiver.games.evaluate.store import Cells
from lawgiver.games.evaluate.summary import summarise
from lawgiver.games.evaluate.texts import plain_texts

Progress = Callable[[int, str], None]


def evaluate_games(
    plan: Plan,
    folder: Path,
    on_progress: Progress = lambda _n, _part: None,
    say: Say = lambda _: None,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Score every cell that is not scored yet, and sum up; returns what `summary.json` holds.

    Args:
        plan: what to evaluate.
        folder: the run directory.
        on_progress: told how many more prompts (or texts) are done, and of which part.
        say: told what takes time.
        resume: go on with the run that the folder holds.

    Raises:
        ConfigurationError: if the folder holds another run, or this one and `resume` is not set.
    """
    run = RunDirectory.create(folder, plan.config.model_dump(mode="json"), plan.identity, resume=resume)
    kept, policies = Cells(run), Policies(plan, say)
    for player, cells in players(plan).items():
        for cell in cells:
            if cell.id not in kept:
                kept.add(_scored(plan, cell, policies))
            on_progress(kept.rows[cell.id]["n"], cell.part)
        if wants_drift(plan) and player.startswith("model"):
            index = int(player.removeprefix("model "))
            if drift_id(index) not in kept:
                kept.add(_drift(index, policies))
            on_progress(len(plain_texts()), "drift")
    summary: dict[str, Any] = rounded(summarise(plan, kept.rows))
    run.write("summary.json", summary)
    return summary


def wants_drift(plan: Plan) -> bool:
    """Whether drift is measured: only of a model that grew from another."""
    return grown(plan) and "drift" not in plan.config.skip


def size(plan: Plan) -> dict[str, int]:
    """How many cells and prompts each part asks of all players together: `{"cells": …, "prompts": …, PART: …}`."""
    from lawgiver.games.evaluate.cells import questions

    found = {"cells": 0, "prompts": 0}
    for player, cells in players(plan).items():
        for cell in cells:
            prompts = sum(map(len, questions(plan, cell).values()))
            found["cells"] += 1
            found["prompts"] += prompts
            found[cell.part] = found.get(cell.part, 0) + prompts
        if wants_drift(plan) and player.startswith("model"):
            found["drift"] = found.get("drift", 0) + len(plain_texts())
    return found


def _scored(plan: Plan, cell: Cell, policies: Policies) -> dict[str, Any]:
    policy = policies.of(cell)
    before = _tokens(policy)
    row = score_cell(plan, cell, policy)
    return {**row, "tokens": _tokens(policy) - before}


def _tokens(policy: Any) -> int:
    return int(policy.cost()["tokens"]) if hasattr(policy, "cost") else 0


def _drift(index: int, policies: Policies) -> dict[str, Any]:
    from lawgiver.models.textloss import drift

    started = time.perf_counter()
    texts = plain_texts()
    found = drift(policies.model(model_name(index)).loaded, policies.base().loaded, texts)
    return {
        **{"id": drift_id(index), "part": "drift", "player": model_name(index)},
        "by_text": [
            {"text": " ".join(text.split()[:6]), **each._asdict()} for text, each in zip(texts, found, strict=True)
        ],
        "seconds": round(time.perf_counter() - started, 3),
    }
