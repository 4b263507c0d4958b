"""Find λ of the last stage: the dual on samples of its reference, then at most a few trainings, each measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from lawgiver.align.constraint import (
    Beside,
    Diagnosis,
    DualSettings,
    Measurement,
    Step,
    Trace,
    read_trace,
    search,
    solve_scoped,
)
from lawgiver.align.stages.measured import budgets_of, measure_all
from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.recipe import Find, Stage
from lawgiver.align.stages.sampled import sampled
from lawgiver.charter import Constraint
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.scoped import quantity_of
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel
from lawgiver.outcome import TooManyFailuresError

DUAL, TRACE = "dual.json", "trace.json"
Say = Callable[[str], None]


class Train(Protocol):
    """Trains a stage."""

    def __call__(self, stage: Stage, where: Path, weights: Path | None = None) -> dict[str, Any]:
        """Train into the folder `where`, from the weights of an earlier training of it if there are any."""


def find_multiplier(
    plan: Plan, find: Find, folder: Path, train: Train, load_model: Callable[[str], LoadedModel], say: Say
) -> dict[str, Any]:
    """Find λ and train with it; returns the verdict, the trace, and where the chosen policy lies.

    If no training kept the budget, the one of least cost is the result, and `kept_the_budget` is false.

    What was sampled, solved and measured stays in the stage's folder, and an interrupted search goes on from it.

    Args:
        plan: what `prepare` made of a recipe.
        find: whose λ, and by which constraints.
        folder: the run directory.
        train: trains the stage at some λ into a folder.
        load_model: from a name or a folder to a model.
        say: told what was found.

    Raises:
        ConfigurationError: if a constraint applies to none of the scenarios.
        TooManyFailuresError: if more answers could not be scored than the charter allows.
    """
    recipe = plan.recipe
    stage = recipe.stages[-1]
    constraints = budgets_of(plan.charter, find.constraints)
    decides = constraints[0]
    base = recipe.folder(folder, stage)
    kept = RunDirectory(base)
    base.mkdir(parents=True, exist_ok=True)
    start = recipe.start(folder, stage)
    if not kept.has(DUAL):
        judged = _answers(plan, find, load_model(start), find.samples, kept)
        kept.write(DUAL, _solved(judged, constraints, DualSettings(beta=stage.beta, cap=find.search.maximum)))
    solved = kept.read(DUAL)
    about = solved["constraints"][solved.get("decides", {}).get(decides.name, decides.name)]
    say(f"{decides.name}: {solved['message']}")
    found = {
        "constraint": decides.name,
        "scope": decides.scope,
        "quantity": quantity_of(decides),
        "threshold": decides.threshold,
        "tolerance": find.search.tolerance,
        "by": find.search.by,
        "dual": about,
        "diagnosis": {key: solved[key] for key in ("diagnosis", "message", "slack", "effective_share")},
        "multipliers": {name: each["lambda"] for name, each in solved["constraints"].items()},
    }
    if not about["lambda"] and Diagnosis(solved["diagnosis"]).usable:
        message = solved["message"]
        if solved["diagnosis"] != Diagnosis.ALREADY_MET:
            message = f"{decides.name} needs no λ of its own, so nothing was trained. {message}"
        met = {"status": str(Diagnosis.ALREADY_MET), "message": message}
        return {**found, **met, "kept_the_budget": True, "trained": False, "result": start}

    def measure(multiplier: float, nearest: Step | None) -> Measurement:
        where = base / f"lambda-{multiplier:.6g}"
        warm = nearest if find.warm_start else None
        train(stage.model_copy(update={"multiplier": multiplier}), where, Path(warm.run) if warm else None)
        judged = _answers(plan, find, load_model(str(where)), find.measured, RunDirectory(where))
        costs = measure_all(constraints, judged, recipe.seed)
        beside = {
            each.name: Beside(cost=cost.estimate, low=cost.low, high=cost.high, threshold=each.threshold)
            for each, cost in zip(constraints[1:], costs[1:], strict=True)
        }
        return Measurement(costs[0], str(where), beside, warm.multiplier if warm else None)

    trace = read_trace(base / TRACE) if kept.has(TRACE) else Trace(threshold=decides.threshold, beta=stage.beta)
    verdict, trace = search(
        measure,
        trace,
        find.search,
        start=max(about["lambda"], find.search.minimum),
        slope=about["slope"],
        on_step=lambda so_far: _told(so_far, base, quantity_of(decides), say),
    )
    say(verdict.message)
    chosen = verdict.step or min(trace.steps, key=lambda step: step.cost)
    return {
        **found,
        "status": str(verdict.status),
        "message": verdict.message,
        "kept_the_budget": verdict.step is not None,
        "trained": True,
        "lambda": chosen.multiplier,
        "trace": trace.to_json(),
        "result": chosen.run,
    }


def _answers(plan: Plan, find: Find, loaded: LoadedModel, samples: int, run: RunDirectory) -> list[list[Judgement]]:
    charter = plan.charter
    scenarios = charter.scenarios(find.split)
    found = sampled(
        loaded,
        charter,
        scenarios,
        charter.spec.system_prompt if plan.recipe.system_prompt else None,
        samples=samples,
        max_new_tokens=find.max_new_tokens,
        seed=plan.recipe.seed,
        run=run,
        name="samples.jsonl",
    )
    failed = sum(judgement.failed() for row in found for judgement in row)
    if failed > charter.spec.max_failed * samples * len(scenarios):
        raise TooManyFailuresError(f"{failed} of {samples * len(scenarios)} answers could not be scored: {run.path}")
    return found


def _solved(judged: list[list[Judgement]], constraints: list[Constraint], settings: DualSettings) -> dict[str, Any]:
    solution, decides = solve_scoped(judged, constraints, settings)
    return {
        **solution.to_json(),
        "convention": "higher cost is worse; met when the cost, as the scope has it, is at most the threshold",
        "quantities": {constraint.name: quantity_of(constraint) for constraint in constraints},
        "decides": decides,
    }


def _told(trace: Trace, base: Path, quantity: str, say: Say) -> None:
    trace.write(base / TRACE)
    step = trace.steps[-1]
    beside = "".join(f"; {name} {cost.cost:.3f} of {cost.threshold:g}" for name, cost in step.beside.items())
    say(
        f"λ = {step.multiplier:.4g}: {quantity} {step.cost:.3f} [{step.low:.3f}, {step.high:.3f}], "
        f"budget {trace.threshold:g}{beside}"
    )
