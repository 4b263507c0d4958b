"""Ours: the recipe as shipped, until the policy is the optimum, on words it was trained with and on unseen ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lawgiver.games.learn.conformity import distance, measure, spread
from lawgiver.games.learn.loop import Row, Training
from lawgiver.games.learn.plan import Plan, Words, every_question
from lawgiver.games.learn.reached import legalised
from lawgiver.games.lm.learner import LMLearner
from lawgiver.games.lm.policy import LMPolicy
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import Oracle, solve
from lawgiver.models.load import LoadedModel

TOLERANCE = 0.05
LEGAL = 0.99
NEAR = 0.15
"""How near an update's own prompts must be to the optimum before the whole pools are asked, which takes longer."""
Say = Callable[[dict[str, Any]], None]


def stands(p_HA: Floats, legal: float, oracle: Oracle) -> dict[str, Any]:
    """Where a policy stands; `p_HA` need not be legal. The criterion is the same for every procedure."""
    among_HA = legalised(p_HA)
    off = float((1 - (among_HA * oracle.best_HA).sum(axis=1)).max())
    return {
        "p_C": among_HA[:, 0].tolist(),
        "legal": legal,
        "off": off,
        "reached": off <= TOLERANCE and legal >= LEGAL,
    }


def near(row: Row, oracle: Oracle) -> bool:
    """Whether the update's own prompts, before the update, were near the optimum; those not asked count as near."""
    p_HA = np.array(row["learners"][0]["p"])
    off_H = 1 - (legalised(p_HA) * oracle.best_HA).sum(axis=1)
    return bool(off_H[p_HA.sum(axis=1) > 0].max() <= NEAR and row["learners"][0]["legal"] >= 1 - NEAR)


def pool(plan: Plan, policy: LMPolicy, words: list[Words], oracle: Oracle) -> dict[str, Any]:
    """Where a policy stands on a pool of words, all histories asked with each pair."""
    _, answers_NX, summary = measure(plan, 0, policy, words)
    off = distance(answers_NX, oracle)["off"]
    return {
        "pairs": len(words),
        "prompts": len(every_question(plan, 0, words)),
        "p_C": [p[0] for p in summary["p"]],
        "legal": summary["legal"],
        "off": off,
        "reached": off <= TOLERANCE and summary["legal"] >= LEGAL,
    }


def bench(plan: Plan, load_model: Callable[[], LoadedModel], every: int, most: int | None, say: Say) -> dict[str, Any]:
    """Train until the criterion holds on trained and on held-out words; checks cost neither time nor tokens."""
    recipe, adapter = plan.recipe, plan.recipe.lora
    learner = LMLearner(
        load_model(),
        learning_rate=recipe.learning_rate,
        rank=adapter.rank,
        alpha=adapter.alpha,
        dropout=adapter.dropout,
        target_modules=adapter.target_modules if isinstance(adapter.target_modules, str) else [*adapter.target_modules],
        max_grad_norm=recipe.max_grad_norm,
        seed=recipe.seed,
    )
    judge = LMPolicy(learner.loaded)  # counts its own tokens
    oracle = solve(plan.seats[0].problems[-1])
    training = Training(plan, [learner])
    checks: list[dict[str, Any]] = []
    row: Row = {}
    cpu = 0.0
    while not training.finished and not (checks and checks[-1]["reached"]):
        began = time.process_time()
        row = training.step()
        cpu += time.process_time() - began
        say({"exact": row})
        last = training.finished or row["step"] == most
        if last or (row["step"] % every == 0 and near(row, oracle)):
            pools = {"trained": spread(plan.words), "held_out": list(plan.held_out)}
            stand = {name: pool(plan, judge, words, oracle) for name, words in pools.items() if words}
            checks.append(
                {
                    "update": row["step"],
                    "tokens": row["tokens"],
                    "seconds": row["seconds"],
                    "reached": all(each["reached"] for each in stand.values()),
                    **stand,
                }
            )
            say({"exact": checks[-1]})
        if last:
            break
    return {
        "reached": bool(checks and checks[-1]["reached"]),
        "updates": row["step"],
        "tokens": row["tokens"],
        "seconds": row["seconds"],
        "cpu_seconds": cpu,
        "optimum": oracle.text,
        "checks": checks,
    }
