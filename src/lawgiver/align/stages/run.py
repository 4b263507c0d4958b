"""Stage after stage, each in a run directory of its own that names its reference by hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from transformers import Trainer

from lawgiver.align.stages.find import find_multiplier
from lawgiver.align.stages.log import StepLog
from lawgiver.align.stages.plan import Plan, data_document
from lawgiver.align.stages.recipe import Stage
from lawgiver.align.stages.rows import Floats, Rows
from lawgiver.align.stages.trainers import build
from lawgiver.align.trainable import newest_checkpoint
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.fingerprint import policy_sha256
from lawgiver.models.load import LoadedModel, load
from lawgiver.models.score import score
from lawgiver.outcome import ConfigurationError

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
    run = RunDirectory.create(
        folder, recipe.model_dump(mode="json", by_alias=True), plan.charter.identity, resume=resume
    )
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    run.write("data.json", data_document(plan))
    done: dict[str, Any] = {}

    def train(stage: Stage, where: Path) -> dict[str, Any]:
        return _stage(plan, stage, folder, where, on_step, load_model)

    *before, last = recipe.stages
    for stage in before:
        done[stage.name] = train(stage, recipe.folder(folder, stage))
    ended = recipe.folder(folder, last)
    result: dict[str, Any] = {"kind": "align-stages", "stages": done}
    if recipe.find is None:
        done[last.name] = train(last, ended)
    else:
        result["found"] = found = find_multiplier(plan, recipe.find, folder, train, load_model, say)
        ended = Path(found["result"])
        if found["trained"]:
            done[last.name] = RunDirectory(ended).read("summary.json")
    result["result"] = str(ended.relative_to(folder) if ended.is_relative_to(folder) else ended)
    run.write("summary.json", result)
    return result


def _stage(plan: Plan, stage: Stage, folder: Path, where: Path, on_step: OnStep, load_model: Load) -> dict[str, Any]:
    recipe, rows = plan.recipe, plan.rows[stage.name]
    # by name, for a search trains the stage at another λ than the recipe's
    start = recipe.start(folder, next(each for each in recipe.stages if each.name == stage.name))
    settings = {"type": "stage", "model": start, "seed": recipe.seed, **stage.model_dump(mode="json", by_alias=True)}
    run = RunDirectory.create(where, settings, plan.charter.identity, resume=where.exists())
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    loaded = load_model(start)
    reference = policy_sha256(loaded.model)
    if start != recipe.model:
        promised = RunDirectory(Path(start)).read("summary.json")["policy_sha256"]
        if promised != reference:
            raise ConfigurationError(
                f"{start}: its policy hashes to {reference[:12]}, and {promised[:12]} was trained there; the files or "
                "the precision have changed since, so this is not the reference that the stage names"
            )
    shift_N = _shift(plan, stage, folder, rows, load_model)
    trainer = build(recipe, stage, loaded, rows.rows, run, [StepLog(run, lambda row: on_step(stage, row))], shift_N)
    checkpoint = newest_checkpoint(run)
    run.rewind_metrics(int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    _keep(trainer, loaded, run, "adapter" if recipe.lora else "model")
    result = {
        "steps": trainer.state.global_step,
        "rows": len(rows.rows),
        "left_out": dict(+rows.left_out),
        "temperature": stage.temperature,
        "reference": start,
        "reference_sha256": reference,
        "policy_sha256": policy_sha256(load_model(str(where)).model),
        "seconds": sum(row["seconds"] for row in run.metrics()),
        "result": "adapter" if recipe.lora else "model",
    }
    run.write("summary.json", result)
    return result


def _shift(plan: Plan, stage: Stage, folder: Path, rows: Rows, load_model: Load) -> Floats | None:
    """Nats to add to the reference of each chosen answer, so that the loss has the method's margin."""
    margin_N = rows.margin_N
    if stage.margin_from is not None:
        other = next(each for each in plan.recipe.stages if each.name == stage.margin_from)
        margin_N = stage.margin_weight * _implicit_gap(plan, other, folder, rows, load_model)
        # MODPO divides by this objective's own weight: σ((τh − wΔr)/λ); the trainer's temperature is β/λ already
        return margin_N / stage.beta
    return None if margin_N is None else margin_N / stage.temperature


def _implicit_gap(plan: Plan, other: Stage, folder: Path, rows: Rows, load_model: Load) -> Floats:
    """`β log π/π_ref`, chosen minus rejected, of an earlier stage's policy: its implicit reward, `(N,)`."""
    ends = (str(plan.recipe.folder(folder, other)), plan.recipe.start(folder, other))
    logps = []
    for name in ends:
        loaded = load_model(name)
        prompts = [row["prompt"] for row in rows.rows]
        for side in ("chosen", "rejected"):
            texts = [row[side][0]["content"] for row in rows.rows]
            logps.append(np.array([each.total for each in score(loaded, prompts, texts)]))
    gap_N: Floats = other.temperature * ((logps[0] - logps[2]) - (logps[1] - logps[3]))
    return gap_N


def _keep(trainer: Trainer, loaded: LoadedModel, run: RunDirectory, name: str) -> None:
    result = run.path / name
    trainer.save_model(str(result))
    (result / "training_args.bin").unlink(missing_ok=True)  # a pickle, which nobody should be asked to load
    loaded.tokenizer.save_pretrained(str(result))
