"""λ from samples of the policy that a search starts from, kept in a run directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lawgiver.align.constraint import DualSettings, solve_scoped
from lawgiver.align.stages.measured import budgets_of
from lawgiver.align.stages.oneshot import rewards_of
from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.recipe import Find, Stage
from lawgiver.align.stages.sampled import sampled
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.scoped import quantity_of
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel
from lawgiver.outcome import Failed, TooManyFailuresError

DUAL = "dual.json"


def solved_dual(
    plan: Plan, find: Find, stage: Stage, base: Path, start: str, load_model: Callable[[str], LoadedModel]
) -> dict[str, Any]:
    """The solution for all constraints at once; samples, judges and solves unless `base` has it already.

    Args:
        plan: what `prepare` made of a recipe.
        find: which constraints, and how many samples.
        stage: the first one searched: its β, and for `can` its reward, which the policy it starts from has not learned.
        base: the folder it is kept in, with the samples' judgements.
        start: the policy that is sampled, by name or folder.
        load_model: from a name or a folder to a model.

    Raises:
        ConfigurationError: if a constraint applies to none of the scenarios, or no answer has a reward.
        TooManyFailuresError: if more answers could not be scored than the charter allows.
    """
    base.mkdir(parents=True, exist_ok=True)
    kept = RunDirectory(base)
    if kept.has(DUAL):
        return dict(kept.read(DUAL))
    constraints = budgets_of(plan.charter, find.constraints)
    judged = answers_of(plan, find, load_model(start), find.samples, kept)
    rewards = None
    if stage.method == "can":
        rewards = rewards_of(stage, judged, plan.charter)
        failed = sum(isinstance(reward, Failed) for row in rewards for reward in row)
        _few_failed(plan, failed, sum(map(len, rewards)), base)
    settings = DualSettings(beta=stage.beta, cap=find.search.maximum)
    solution, decides = solve_scoped(judged, constraints, settings, rewards)
    document = {
        **solution.to_json(),
        "convention": "higher cost is worse; met when the cost, as the scope has it, is at most the threshold",
        "quantities": {constraint.name: quantity_of(constraint) for constraint in constraints},
        "decides": decides,
        "rewarded": rewards is not None,
    }
    if solution.dropped_prompts:
        document["message"] += (
            f" Of {solution.prompts + solution.dropped_prompts} scenarios {solution.dropped_prompts} were left out, "
            "having fewer than two answers that were scored."
        )
    kept.write(DUAL, document)
    return document


def answers_of(plan: Plan, find: Find, loaded: LoadedModel, samples: int, run: RunDirectory) -> list[list[Judgement]]:
    """Judged answers to every scenario of the split, kept in `run`.

    Raises:
        TooManyFailuresError: if more could not be scored than the charter allows.
    """
    charter = plan.charter
    found = sampled(
        loaded,
        charter,
        charter.scenarios(find.split),
        charter.spec.system_prompt if plan.recipe.system_prompt else None,
        samples=samples,
        max_new_tokens=find.max_new_tokens,
        seed=plan.recipe.seed,
        run=run,
        name="samples.jsonl",
    )
    failed = sum(judgement.failed() for row in found for judgement in row)
    _few_failed(plan, failed, sum(map(len, found)), run.path)
    return found


def _few_failed(plan: Plan, failed: int, asked: int, where: Path) -> None:
    if failed > plan.charter.spec.max_failed * asked:
        raise TooManyFailuresError(f"{failed} of {asked} answers could not be scored: {where}")
