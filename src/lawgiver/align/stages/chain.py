"""Find the λ of several constraints, each with a stage of its own, trained one after the other at β/λ_i."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lawgiver.align.constraint import (
    Diagnosis,
    Move,
    Round,
    Rounds,
    excess,
    explained,
    read_rounds,
    search_rounds,
)
from lawgiver.align.stages.dual import answers_of, solved_dual
from lawgiver.align.stages.find import Say, Train
from lawgiver.align.stages.measured import beside_of, budgets_of, measure_all
from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.recipe import Find
from lawgiver.charter.scoped import quantity_of
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel

ROUNDS = "rounds.json"


def find_chain(
    plan: Plan, find: Find, folder: Path, train: Train, load_model: Callable[[str], LoadedModel], say: Say
) -> dict[str, Any]:
    """Find every λ and train the chain with them; returns how it ended, all rounds, and where the chosen policy lies.

    λ of all constraints is computed at once from samples of the policy that the chain starts from. A constraint of
    λ = 0 has its stage left out. A stage whose λ, and all before it, a round has in common with an earlier one is not
    trained again. If no round kept every budget, the one that broke its worst by least is the result, and
    `kept_the_budget` is false.

    What was sampled, solved and measured stays in the last stage's folder; an interrupted search goes on from it.

    Args:
        plan: what `prepare` made of a recipe.
        find: with a mapping of constraints to stages.
        folder: the run directory.
        train: trains a stage at some λ into a folder, from a given policy.
        load_model: from a name or a folder to a model.
        say: told what was found.

    Raises:
        ConfigurationError: if a constraint applies to none of the scenarios.
        TooManyFailuresError: if more answers could not be scored than the charter allows.
    """
    recipe = plan.recipe
    stages, owner = recipe.searched, {stage: name for name, stage in find.chain.items()}
    constraints = budgets_of(plan.charter, find.constraints)
    base, start = recipe.folder(folder, stages[-1]), recipe.start(folder, stages[0])
    solved = solved_dual(plan, find, stages[0], base, start, load_model)
    say(solved["message"])
    about = {name: solved["constraints"][solved["decides"][name]] for name in find.chain}
    found = {
        "constraints": {
            each.name: {
                "stage": find.chain[each.name],
                "scope": each.scope,
                "quantity": quantity_of(each),
                "threshold": each.threshold,
                "dual": about[each.name],
            }
            for each in constraints
        },
        "tolerance": find.search.tolerance,
        "by": find.search.by,
        "diagnosis": {key: solved[key] for key in ("diagnosis", "message", "slack", "effective_share")},
    }
    if not any(each["lambda"] for each in about.values()) and Diagnosis(solved["diagnosis"]).usable:
        met = {"status": str(Diagnosis.ALREADY_MET), "message": solved["message"], "kept_the_budget": True}
        return {**found, **met, "trained": False, "stages": {}, "result": start}

    def measure(moves: dict[str, Move]) -> Round:
        policy, trained, used = start, {}, []
        for stage in stages:
            multiplier = moves[owner[stage.name]].multiplier
            used.append(f"{multiplier:.6g}")
            if multiplier:
                where = recipe.folder(folder, stage) / f"lambda-{'-'.join(used)}"
                train(stage.model_copy(update={"multiplier": multiplier}), where, start=policy)
                policy = trained[stage.name] = str(where)
        judged = answers_of(plan, find, load_model(policy), find.measured, RunDirectory(Path(policy)))
        costs = beside_of(constraints, measure_all(constraints, judged, recipe.seed))
        return Round(moves=moves, costs=costs, run=policy, stages=trained)

    status, chosen, rounds = search_rounds(
        measure,
        read_rounds(base / ROUNDS) if (base / ROUNDS).is_file() else Rounds(beta=stages[0].beta),
        find.search,
        start=_start(about, find),
        slopes={name: each["slope"] for name, each in about.items()},
        on_round=lambda so_far: _told(so_far, base, say),
    )
    message = explained(status, chosen, rounds, find.search)
    say(message)
    used = chosen or min(rounds.rounds, key=lambda each: excess(each, find.search))
    return {
        **found,
        "status": str(status),
        "message": message,
        "kept_the_budget": chosen is not None,
        "trained": True,
        "lambda": used.multipliers,
        **rounds.to_json(),
        "stages": used.stages,
        "result": used.run,
    }


def _start(about: dict[str, Any], find: Find) -> dict[str, float]:
    """λ of the dual; where it found none at all, as of budgets that no sampled answer keeps, the smallest."""
    multipliers = {name: float(each["lambda"]) for name, each in about.items()}
    return multipliers if any(multipliers.values()) else dict.fromkeys(multipliers, find.search.minimum)


def _told(rounds: Rounds, base: Path, say: Say) -> None:
    rounds.write(base / ROUNDS)
    last = rounds.rounds[-1]
    parts = [
        f"{name} λ = {value:.4g}, cost {last.costs[name].cost:.3f} of {last.costs[name].threshold:g}"
        for name, value in last.multipliers.items()
    ]
    say(f"round {len(rounds.rounds)}: {'; '.join(parts)}")
