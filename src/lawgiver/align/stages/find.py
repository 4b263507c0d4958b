"""Find λ of the last stage: the dual on samples of its reference, then at most a few trainings, each measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from lawgiver.align.constraint import Diagnosis, Measurement, Step, Trace, read_trace, search
from lawgiver.align.stages.dual import answers_of, solved_dual
from lawgiver.align.stages.measured import beside_of, budgets_of, measure_all
from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.recipe import Find, Stage
from lawgiver.charter.scoped import quantity_of
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel

TRACE = "trace.json"
Say = Callable[[str], None]


class Train(Protocol):
    """Trains a stage."""

    def __call__(
        self, stage: Stage, where: Path, weights: Path | None = None, start: str | None = None
    ) -> dict[str, Any]:
        """Train into the folder `where`.

        Args:
            stage: with the λ to train at.
            where: gets the run.
            weights: an earlier training of it whose weights it begins with, if any.
            start: the policy it starts from, if not the one that the recipe says.
        """


def find_multiplier(
    plan: Plan, find: Find, folder: Path, train: Train, load_model: Callable[[str], LoadedModel], say: Say
) -> dict[str, Any]:
    """Find λ of the last stage and train with it; returns the verdict, the trace, and where the chosen policy lies.

    If no training kept the budget, the one of least cost is the result, and `kept_the_budget` is false. `can` brings
    the reward and the constraint in one stage: its dual has the reward in it, and it is trained also where λ is 0.

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
    start = recipe.start(folder, stage)
    solved = solved_dual(plan, find, stage, base, start, load_model)
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
    if not about["lambda"] and Diagnosis(solved["diagnosis"]).usable and stage.method != "can":
        message = solved["message"]
        if solved["diagnosis"] != Diagnosis.ALREADY_MET:
            message = f"{decides.name} needs no λ of its own, so nothing was trained. {message}"
        met = {"status": str(Diagnosis.ALREADY_MET), "message": message}
        return {**found, **met, "kept_the_budget": True, "trained": False, "stages": {}, "result": start}

    def measure(multiplier: float, nearest: Step | None) -> Measurement:
        where = base / f"lambda-{multiplier:.6g}"
        warm = nearest if find.warm_start else None
        trained = stage.model_copy(update={"multiplier": multiplier})
        train(trained, where, Path(warm.run) if warm else None)
        judged = answers_of(plan, find, load_model(str(where)), find.measured, RunDirectory(where))
        costs = measure_all(constraints, judged, recipe.seed)
        beside = beside_of(constraints[1:], costs[1:])
        return Measurement(costs[0], str(where), beside, warm.multiplier if warm else None, trained.temperature)

    known = (base / TRACE).is_file()
    trace = read_trace(base / TRACE) if known else Trace(threshold=decides.threshold, beta=stage.beta)
    verdict, trace = search(
        measure,
        trace,
        find.search,
        start=max(about["lambda"], find.search.minimum),
        slope=about["slope"],
        before=about["cost_before"],
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
        "stages": {stage.name: chosen.run},
        "result": chosen.run,
    }


def _told(trace: Trace, base: Path, quantity: str, say: Say) -> None:
    trace.write(base / TRACE)
    step = trace.steps[-1]
    beside = "".join(f"; {name} {cost.cost:.3f} of {cost.threshold:g}" for name, cost in step.beside.items())
    say(
        f"λ = {step.multiplier:.4g}: {quantity} {step.cost:.3f} [{step.low:.3f}, {step.high:.3f}], "
        f"budget {trace.threshold:g}{beside}"
    )
