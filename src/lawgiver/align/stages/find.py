"""Find λ of the last stage: the dual on samples of its reference, then at most a few trainings, each measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.align.constraint import (
    Diagnosis,
    DualSettings,
    Measurement,
    Step,
    Trace,
    read_trace,
    scores_of,
    search,
    solve_dual,
)
from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.recipe import Find, Stage
from lawgiver.align.stages.sampled import sampled
from lawgiver.charter.judgement import Judgement
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError, TooManyFailuresError
from lawgiver.stats import bootstrap_mean

DUAL, TRACE = "dual.json", "trace.json"
Train = Callable[[Stage, Path], dict[str, Any]]
Say = Callable[[str], None]


def find_multiplier(
    plan: Plan, find: Find, folder: Path, train: Train, load_model: Callable[[str], LoadedModel], say: Say
) -> dict[str, Any]:
    """Find λ and train with it; returns the verdict, the trace, and where the chosen policy lies.

    If no training kept the budget, the one of least cost is the result, and `kept_the_budget` is false.

    What was sampled, solved and measured stays in the stage's folder, and an interrupted search goes on from it.

    Args:
        plan: what `prepare` made of a recipe.
        find: whose λ, and by which constraint.
        folder: the run directory.
        train: trains the stage at some λ into a folder.
        load_model: from a name or a folder to a model.
        say: told what was found.

    Raises:
        ConfigurationError: if the constraint applies to none of the scenarios.
        TooManyFailuresError: if more answers could not be scored than the charter allows.
    """
    recipe, charter = plan.recipe, plan.charter
    stage = recipe.stages[-1]
    constraint = next(each for each in charter.spec.constraints if each.name == find.constraint)
    scenarios = charter.scenarios(find.split)
    prompt = charter.spec.system_prompt if recipe.system_prompt else None
    base = recipe.folder(folder, stage)
    kept = RunDirectory(base)
    base.mkdir(parents=True, exist_ok=True)

    def answers(model: str, samples: int, run: RunDirectory, name: str) -> list[list[Judgement]]:
        found = sampled(
            load_model(model),
            charter,
            scenarios,
            prompt,
            samples=samples,
            max_new_tokens=find.max_new_tokens,
            seed=recipe.seed,
            run=run,
            name=name,
        )
        failed = sum(judgement.failed() for row in found for judgement in row)
        if failed > charter.spec.max_failed * samples * len(scenarios):
            raise TooManyFailuresError(
                f"{failed} of {samples * len(scenarios)} answers could not be scored: {run.path}"
            )
        return found

    start = recipe.start(folder, stage)
    if not kept.has(DUAL):
        scores = scores_of(
            answers(start, find.samples, kept, "samples.jsonl"), {constraint.name: constraint.threshold}, rewarded=False
        )
        kept.write(DUAL, solve_dual(scores, DualSettings(beta=stage.beta, cap=find.search.maximum)).to_json())
    solved = kept.read(DUAL)
    say(f"{constraint.name}: {solved['message']}")
    about = solved["constraints"][constraint.name]
    if solved["diagnosis"] == Diagnosis.ALREADY_MET:
        return {
            "status": str(Diagnosis.ALREADY_MET),
            "message": solved["message"],
            "kept_the_budget": True,
            "trained": False,
            "result": start,
        }

    def measure(multiplier: float, _nearest: Step | None) -> Measurement:
        where = base / f"lambda-{multiplier:.6g}"
        train(stage.model_copy(update={"multiplier": multiplier}), where)
        costs = _costs(answers(str(where), find.measured, RunDirectory(where), "samples.jsonl"), constraint.name)
        return Measurement(bootstrap_mean(costs, seed=recipe.seed), str(where))

    trace = read_trace(base / TRACE) if kept.has(TRACE) else Trace(threshold=constraint.threshold, beta=stage.beta)
    verdict, trace = search(
        measure,
        trace,
        find.search,
        start=max(about["lambda"], find.search.minimum),
        slope=about["slope"],
        on_step=lambda so_far: _told(so_far, base, say),
    )
    say(verdict.message)
    chosen = verdict.step or min(trace.steps, key=lambda step: step.cost)
    return {
        "status": str(verdict.status),
        "message": verdict.message,
        "kept_the_budget": verdict.step is not None,
        "trained": True,
        "dual": about,
        "trace": trace.to_json(),
        "result": chosen.run,
    }


def _told(trace: Trace, base: Path, say: Say) -> None:
    trace.write(base / TRACE)
    step = trace.steps[-1]
    say(
        f"λ = {step.multiplier:.4g}: cost {step.cost:.3f} [{step.low:.3f}, {step.high:.3f}], budget {trace.threshold:g}"
    )


def _costs(judged: list[list[Judgement]], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean cost of each prompt to which it applies: answers to one prompt are no independent rows."""
    rows = [[cost for judgement in row if (cost := judgement.cost(name)) is not None] for row in judged]
    measured = np.array([np.mean(row) for row in rows if row])
    if not len(measured):
        raise ConfigurationError(f"find.split: the constraint {name} applies to none of its scenarios")
    return measured
