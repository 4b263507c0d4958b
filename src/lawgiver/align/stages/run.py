"""Stage after stage, each in a run directory of its own that names its reference by hash."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

from lawgiver.align.processes import accumulation, on_main, processes
from lawgiver.align.stages.chain import find_chain
from lawgiver.align.stages.find import find_multiplier
from lawgiver.align.stages.log import StepLog
from lawgiver.align.stages.margin import shift_of
from lawgiver.align.stages.oneshot import relabelled
from lawgiver.align.stages.plan import Plan, data_document
from lawgiver.align.stages.recipe import StagesRecipe
from lawgiver.align.stages.reference import ReferenceCache
from lawgiver.align.stages.stage import Stage
from lawgiver.align.stages.trainers import DATA, build
from lawgiver.align.stages.warm import begin_with
from lawgiver.align.trainable import newest_checkpoint
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.fingerprint import policy_sha256
from lawgiver.models.load import LoadedModel, load
from lawgiver.outcome import ConfigurationError

REFERENCE = "reference.jsonl"
OnStep = Callable[[Stage, dict[str, Any]], None]
Load = Callable[[str], LoadedModel]


def train_stages(
    plan: Plan,
    folder: Path,
    on_step: OnStep = lambda _stage, _row: None,
    *,
    resume: bool = False,
    load_model: Load = load,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train every stage that is not finished; returns the run's summary.

    Each stage gets a folder with its adapter, metrics and checkpoints, which every command takes as a model. The policy
    it starts from is loaded with all earlier adapters merged and frozen, so that the reference of stage 2 is exactly
    the policy that stage 1 made; its hash is compared with the one that stage 1 wrote down.

    Args:
        plan: what `prepare` made of a recipe.
        folder: the run directory.
        on_step: told every line of `metrics.jsonl`, and whose it is.
        resume: go on with the run in `folder`, bit for bit as if it had never stopped.
        load_model: from a name or a stage's folder to a model.
        say: told what a search for λ finds.

    Raises:
        ConfigurationError: if `folder` holds another run, or a stage's policy is not the one that was trained.
    """
    recipe = plan.recipe
    _check_processes(recipe)
    check_start(recipe, load_model)
    run = on_main(
        lambda: RunDirectory.create(
            folder, recipe.model_dump(mode="json", by_alias=True), plan.charter.identity, resume=resume
        )
    )
    if (finished := _finished(run)) is not None:
        return finished
    on_main(lambda: run.write("data.json", data_document(plan)))
    done: dict[str, Any] = {}

    def train(stage: Stage, where: Path, weights: Path | None = None, start: str | None = None) -> dict[str, Any]:
        try:
            return _stage(plan, stage, folder, where, on_step, load_model, weights, start)
        finally:
            gc.collect()  # a trainer and its callbacks hold each other: models would pile up, stage after stage

    for stage in recipe.stages[: len(recipe.stages) - len(recipe.searched)]:
        done[stage.name] = train(stage, recipe.folder(folder, stage))
    ended = recipe.folder(folder, recipe.stages[-1])
    result: dict[str, Any] = {"kind": "align-stages", "stages": done}
    if recipe.find is not None:
        search = find_chain if recipe.find.chain else find_multiplier
        result["found"] = found = search(plan, recipe.find, folder, train, load_model, say)
        ended = Path(found["result"])
        done |= {name: RunDirectory(Path(where)).read("summary.json") for name, where in found["stages"].items()}
    result["result"] = str(ended.relative_to(folder) if ended.is_relative_to(folder) else ended)
    on_main(lambda: run.write("summary.json", result))
    return result


def check_start(recipe: StagesRecipe, load_model: Load = load) -> None:
    """See that the model is the one whose hash stages name, if they start from it and name one; else load nothing.

    Raises:
        ConfigurationError: if it is another.
        DownloadError: if the model has to be fetched and cannot be.
    """
    promised = [s for s in recipe.stages if s.reference_sha256 and recipe.start(Path(), s) == recipe.model]
    if promised:
        found = policy_sha256(load_model(recipe.model).model)
        for stage in promised:
            _is_promised(stage, recipe.model, found)


def _is_promised(stage: Stage, start: str, found: str) -> None:
    if stage.reference_sha256 not in (None, found):
        raise ConfigurationError(
            f"stage {stage.name}: reference_sha256 is {str(stage.reference_sha256)[:12]}, and {start} hashes to "
            f"{found[:12]}: another model, other files or another precision; name the policy that is meant"
        )


def _check_processes(recipe: StagesRecipe) -> None:
    """Refuse what several processes cannot do, before anything is begun."""
    for stage in recipe.stages:
        accumulation(stage.batch, stage.micro_batch, f"stage {stage.name}")
    if recipe.find is not None and processes() > 1:
        raise ConfigurationError(
            f"find: λ is searched for in one process, and there are {processes()}; find it there, then train with "
            f"--set find=null --set stages.{recipe.find.searched[0]}.lambda=…"
        )


def _finished(run: RunDirectory) -> dict[str, Any] | None:
    return on_main(lambda: dict(run.read("summary.json")) if run.has("summary.json") else None)


def _stage(
    plan: Plan,
    stage: Stage,
    folder: Path,
    where: Path,
    on_step: OnStep,
    load_model: Load,
    weights: Path | None = None,
    start: str | None = None,
) -> dict[str, Any]:
    recipe, rows = plan.recipe, plan.rows[stage.name]
    # by name, for a search trains the stage at another λ than the recipe's
    named = next(each for each in recipe.stages if each.name == stage.name)
    start = start or recipe.start(folder, named)
    settings = {"type": "stage", "model": start, "seed": recipe.seed, **stage.model_dump(mode="json", by_alias=True)}
    settings |= {"weights": str(weights)} if weights else {}
    run = on_main(lambda: RunDirectory.create(where, settings, plan.charter.identity, resume=where.exists()))
    if (finished := _finished(run)) is not None:
        return finished
    if stage.method == "can":
        given = rows
        rows = on_main(lambda: relabelled(stage, given, plan.charter, recipe.seed, run))
    loaded = load_model(start)
    reference = _reference(recipe, start, loaded)
    _is_promised(named, start, reference)
    shift_N = on_main(lambda: shift_of(plan, stage, folder, rows, load_model))
    log = StepLog(run, lambda row: on_step(stage, row))
    # several processes have TRL's own cache, since each scores but a part
    kept = ReferenceCache(recipe.folder(folder, named) / REFERENCE, reference) if processes() == 1 else None
    trainer = build(recipe, stage, loaded, rows.rows, run, [log], shift_N, rows.target_N, kept)
    if weights is not None:
        begin_with(trainer, weights, load_model)
    checkpoint = on_main(lambda: newest_checkpoint(run))
    on_main(lambda: run.rewind_metrics(int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    name = "adapter" if recipe.lora else "model"
    trainer.save_model(str(run.path / name))

    def finish() -> dict[str, Any]:
        # a pickle, which nobody should be asked to load
        (run.path / name / "training_args.bin").unlink(missing_ok=True)
        loaded.tokenizer.save_pretrained(str(run.path / name))
        rmtree(run.path / DATA, ignore_errors=True)
        result = {
            "steps": trainer.state.global_step,
            "rows": len(rows.rows),
            "left_out": dict(+rows.left_out),
            "temperature": stage.temperature,
            "processes": processes(),
            "reference": start,
            "reference_sha256": reference,
            "policy_sha256": policy_sha256(load_model(str(where)).model),
            "seconds": sum(row["seconds"] for row in run.metrics()),
            "result": name,
        }
        run.write("summary.json", result)
        return result

    return on_main(finish)


def _reference(recipe: StagesRecipe, start: str, loaded: LoadedModel) -> str:
    """The hash of the policy that a stage starts from, compared with the one that was written down when it was made."""
    reference = policy_sha256(loaded.model)
    if start != recipe.model:
        promised = RunDirectory(Path(start)).read("summary.json")["policy_sha256"]
        if promised != reference:
            raise ConfigurationError(
                f"{start}: its policy hashes to {reference[:12]}, and {promised[:12]} was trained there; the files or "
                "the precision have changed since, so this is not the reference that the stage names"
            )
    return reference
