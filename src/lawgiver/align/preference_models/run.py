"""Model after model, each trained, saved, read back and measured in a run directory of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.align.preference_models.measure import held_out_rows, measure
from lawgiver.align.preference_models.module import PairLoss
from lawgiver.align.preference_models.plan import Plan, data_document
from lawgiver.align.preference_models.rows import higher_first
from lawgiver.align.preference_models.trainer import build
from lawgiver.align.stages.log import StepLog
from lawgiver.align.trainable import newest_checkpoint
from lawgiver.data.preference import Pair
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.fingerprint import policy_sha256
from lawgiver.models.head_card import HeadCard, head_sha256, write_card
from lawgiver.models.load import LoadedModel, load
from lawgiver.models.score_head import PreferenceModel, load_preference_model, save_head
from lawgiver.outcome import Outcome, Value

HELD_OUT = "held_out.jsonl"
OnStep = Callable[[str, dict[str, Any]], None]
Load = Callable[[str], LoadedModel]


def train_preference_models(
    plan: Plan,
    folder: Path,
    on_step: OnStep = lambda _name, _row: None,
    *,
    resume: bool = False,
    load_model: Load = load,
) -> dict[str, Any]:
    """Train every model that is not finished; returns the run's summary.

    What is measured is read back from the files that were written, by the code that scores with them later.

    Args:
        plan: what `prepare` made of a recipe.
        folder: the run directory; each model has a folder in it, e.g. `cost-evaluation`.
        on_step: told every line of `metrics.jsonl`, and of which model it is.
        resume: go on with the run in `folder`, bit for bit as if it had never stopped.
        load_model: from a name or a model's folder to a language model.

    Raises:
        ConfigurationError: if `folder` holds another run.
    """
    run = RunDirectory.create(folder, plan.recipe.model_dump(mode="json", by_alias=True), {}, resume=resume)
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    run.write("data.json", data_document(plan))
    models = {name: _model(plan, name, folder / name, on_step, load_model) for name in plan.recipe.models()}
    summary = {"kind": "align-preference-models", "models": models}
    run.write("summary.json", summary)
    return summary


def _model(plan: Plan, name: str, where: Path, on_step: OnStep, load_model: Load) -> dict[str, Any]:
    recipe, rows = plan.recipe, plan.rows[name]
    objective, role = recipe.models()[name]
    head = recipe.heads[objective]
    settings = {
        "type": "preference-model",
        "model": recipe.model,  # what the adapter is put on, when it is loaded
        "objective": objective,
        "role": role,
        "seed": recipe.seed_of(role),
        "data_sha256": rows.sha256,
        **head.model_dump(mode="json", exclude={"data"}),
    }
    run = RunDirectory.create(where, settings, {}, resume=where.exists())
    if run.has("summary.json"):
        return dict(run.read("summary.json"))
    loaded = load_model(recipe.model)
    base = policy_sha256(loaded.model)
    trainer, model = build(recipe, objective, role, loaded, rows, run, [StepLog(run, lambda row: on_step(name, row))])
    checkpoint = newest_checkpoint(run)
    run.rewind_metrics(int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    assert isinstance(trainer.model, PairLoss)
    result = where / ("adapter" if recipe.lora else "model")
    model.save_pretrained(str(result))
    loaded.tokenizer.save_pretrained(str(result))
    save_head(where, trainer.model.head)
    card = HeadCard(
        objective=objective,
        role=role,
        level=head.level,
        base=recipe.model,
        base_sha256=base,
        data_sha256=rows.sha256,
    )
    write_card(where, card)
    scorer = load_preference_model(where, None, load_model)
    if head.normalise:
        write_card(where, _normalised(scorer, rows.pairs))
    held_out = plan.held_out[objective]
    higher, lower = _scores(scorer, held_out.pairs)
    run.write_rows(HELD_OUT, held_out_rows(objective, held_out.pairs, higher, lower))
    summary = {
        "objective": objective,
        "role": role,
        "steps": trainer.state.global_step,
        "trained_on": len(rows.pairs),
        "left_out": dict(+rows.left_out),
        "held_out": {"data": head.held_out, "left_out": dict(+held_out.left_out)},
        **measure(objective, held_out.pairs, higher, lower, trained_on=rows.pairs),
        "head_sha256": head_sha256(where),
        "base_sha256": base,
        "seconds": sum(row["seconds"] for row in run.metrics()),
    }
    run.write("summary.json", summary)
    return summary


def _scores(scorer: PreferenceModel, pairs: list[Pair]) -> tuple[list[Outcome[float]], list[Outcome[float]]]:
    """Of the answers that shall score higher, and of the other ones."""
    texts = [text for pair in pairs for text in higher_first(scorer.card.objective, pair)]
    outcomes = scorer.score([pair.prompt for pair in pairs for _ in range(2)], texts)
    return outcomes[::2], outcomes[1::2]


def _normalised(scorer: PreferenceModel, pairs: list[Pair]) -> HeadCard:
    """The card with the unit of the answers trained on, by the model as it is after training."""
    outcomes = [outcome for side in _scores(scorer, pairs) for outcome in side]
    raw_N = np.array([outcome.value for outcome in outcomes if isinstance(outcome, Value)])
    # a cost's zero is the line between safe and unsafe: it is scaled, and never shifted
    mean = float(raw_N.mean()) if scorer.card.objective == "reward" else 0.0
    scale = float(np.sqrt(((raw_N - mean) ** 2).mean()))
    return scorer.card.model_copy(update={"mean": mean, "scale": scale if scale > 0 else 1.0})
