"""TRL's trainers for one stage, through their public seams: settings, datasets, reference columns, callbacks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # TRL reports home from every trainer's __init__

import numpy as np
import transformers
from datasets import Dataset, disable_progress_bars, load_from_disk
from numpy.typing import NDArray
from transformers import Trainer, TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from lawgiver.align.cpu import quicken
from lawgiver.align.processes import accumulation, on_main, processes
from lawgiver.align.stages.recipe import StagesRecipe
from lawgiver.align.stages.reference import CachedReferenceDPO, ReferenceCache
from lawgiver.align.stages.stage import Stage
from lawgiver.align.trainable import PLAIN, lora_config
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel

DATA = "data"
"""Where a stage's rows lie while several processes train."""


def build(
    recipe: StagesRecipe,
    stage: Stage,
    loaded: LoadedModel,
    rows: Sequence[dict[str, Any]],
    run: RunDirectory,
    callbacks: list[TrainerCallback],
    shift_N: NDArray[np.float64] | None = None,
    target_N: NDArray[np.float64] | None = None,
    reference: ReferenceCache | None = None,
) -> Trainer:
    """The trainer of one stage. Rows are shuffled once by the seed, so that a resumed run goes on in the same order.

    Args:
        recipe: what all stages share.
        stage: what this one does.
        loaded: the policy it starts from, which is its reference too; gets an adapter, or is trained in place.
        rows: conversations as TRL reads them: `prompt` with `chosen` and `rejected`, or `completion`, and for kto its
            `label`.
        run: where checkpoints go.
        callbacks: told every step.
        shift_N: nats added to the reference's log-probability of each chosen answer. So a loss of pairs gets a margin:
            σ(τ(h − s)) = σ(τh − τs).
        target_N: what τ times the gap per token of each pair is drawn towards. TRL's IPO draws it towards ½; a shift
            s of the chosen answer, which has T tokens, takes s/T off the gap: so s = T(target − ½)/τ.
        reference: where log-probabilities of the reference are kept, for losses of pairs; None computes them anew.
    """
    disable_progress_bars()  # of copying a few rows
    transformers.set_seed(recipe.seed)  # before the adapter is drawn
    order = order_of(recipe, stage, rows)
    data = _shared(Dataset.from_list([rows[int(index)] for index in order]), run)
    if loaded.model.device.type == "cpu":
        quicken(loaded.model)
    shared: dict[str, Any] = {
        "model": loaded.model,
        "train_dataset": data,
        "processing_class": loaded.tokenizer,
        "callbacks": callbacks,
        "peft_config": lora_config(recipe.lora) if recipe.lora else None,
    }
    settings = _settings(recipe, stage, loaded, run)
    trainer: Trainer
    if stage.method == "sft":
        trainer = SFTTrainer(args=SFTConfig(**settings), **shared)
    elif stage.method == "kto":
        kto = KTOConfig(**settings, beta=stage.temperature, precompute_ref_log_probs=True, **_class_weights(rows))
        trainer = KTOTrainer(args=kto, **shared)
    else:
        losses = {"sigmoid" if target_N is None else "ipo": 1.0}
        if stage.sft_weight:
            losses["sft"] = stage.sft_weight
        dpo = DPOConfig(
            **settings,
            beta=stage.temperature,
            precompute_ref_log_probs=True,
            loss_type=list(losses),
            loss_weights=list(losses.values()),
        )
        if reference is None:
            trainer = DPOTrainer(args=dpo, **shared)
        else:
            trainer = CachedReferenceDPO(args=dpo, reference=reference, **shared)
        if target_N is not None:
            tokens_N = _chosen_tokens(trainer.train_dataset, stage.max_length)
            trainer.train_dataset = _shifted(
                trainer.train_dataset, tokens_N * (target_N[order] - 0.5) / stage.temperature
            )
        if shift_N is not None:
            trainer.train_dataset = _shifted(trainer.train_dataset, shift_N[order])
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def order_of(recipe: StagesRecipe, stage: Stage, rows: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
    """Shuffled by the seed; within an optimiser step by length, so that its micro-batches pad little.

    The step is the same: its gradient is a mean over its rows. But kto compares a row with its neighbours in the batch.
    """
    order = np.random.default_rng(recipe.seed).permutation(len(rows))
    if stage.method == "kto":
        return order
    length = np.array([len(str(row)) for row in rows])
    steps = [order[start : start + stage.batch] for start in range(0, len(order), stage.batch)]
    return np.concatenate([step[np.argsort(-length[step], kind="stable")] for step in steps])


def _settings(recipe: StagesRecipe, stage: Stage, loaded: LoadedModel, run: RunDirectory) -> dict[str, Any]:
    return {
        "output_dir": str(run.path / "checkpoints"),
        "seed": recipe.seed,
        "train_sampling_strategy": "sequential",  # shuffled already
        "num_train_epochs": stage.epochs,
        "max_steps": stage.steps or -1,
        "per_device_train_batch_size": stage.micro_batch,
        "gradient_accumulation_steps": accumulation(stage.batch, stage.micro_batch, f"stage {stage.name}"),
        "max_length": stage.max_length,
        "learning_rate": stage.learning_rate,
        "lr_scheduler_type": stage.schedule,
        "warmup_steps": stage.warmup_steps,
        "max_grad_norm": recipe.max_grad_norm,
        "use_cpu": loaded.model.device.type == "cpu",
        "ddp_find_unused_parameters": False,  # every trained weight is in every backward pass
        "save_steps": recipe.save_every,
        "save_total_limit": recipe.keep_checkpoints,
        **PLAIN,
    }


def _shared(data: Dataset, run: RunDirectory) -> Dataset:
    """The data; for several processes from the run's folder, where the first one keeps TRL's columns beside them."""
    if processes() == 1:
        return data
    folder = str(run.path / DATA)
    on_main(lambda: data.save_to_disk(folder))
    loaded = load_from_disk(folder)
    assert isinstance(loaded, Dataset)
    return loaded


def _class_weights(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Weights with which wanted and unwanted answers count alike in all (KTO, arXiv 2402.01306, eq. 8)."""
    wanted = sum(bool(row["label"]) for row in rows)
    unwanted = len(rows) - wanted
    return {"desirable_weight": 1.0, "undesirable_weight": wanted / unwanted if wanted and unwanted else 1.0}


def _shifted(data: Dataset, shift_N: NDArray[np.float64]) -> Dataset:
    reference_N = np.asarray(data["ref_chosen_logps"], dtype=np.float64) + shift_N
    return data.remove_columns("ref_chosen_logps").add_column("ref_chosen_logps", reference_N.tolist())


def _chosen_tokens(data: Dataset, max_length: int) -> NDArray[np.float64]:
    """Tokens that count of each chosen answer: what `max_length` leaves of it."""
    lengths = [
        min(len(chosen), max_length - len(prompt))
        for chosen, prompt in zip(data["chosen_ids"], data["prompt_ids"], strict=True)
    ]
    return np.array(lengths, dtype=np.float64)
