"""Hugging Face's Trainer for one preference model, through its public seams: settings, data, a module with a loss."""

from __future__ import annotations

import numpy as np
import transformers
from peft import PeftModel
from transformers import PreTrainedModel, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from lawgiver.align.preference_models.module import Collate, PairLoss
from lawgiver.align.preference_models.recipe import PreferenceModelsRecipe
from lawgiver.align.preference_models.rows import Rows, safe_flags
from lawgiver.align.trainable import PLAIN, trainable
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.head_card import Objective, Role
from lawgiver.models.load import LoadedModel
from lawgiver.models.score_head import new_head


def build(
    recipe: PreferenceModelsRecipe,
    objective: Objective,
    role: Role,
    loaded: LoadedModel,
    rows: Rows,
    run: RunDirectory,
    callbacks: list[TrainerCallback],
) -> tuple[Trainer, PreTrainedModel | PeftModel]:
    """The trainer of one model, and what has to be saved beside its head.

    Rows are shuffled once by the seed, so that a resumed run goes on in the same order.

    Args:
        recipe: what all models share.
        objective: which head.
        role: which half of the data, and which seed.
        loaded: the base; gets an adapter, or is trained in place.
        rows: what it learns from.
        run: where checkpoints go.
        callbacks: told every step.
    """
    settings, seed = recipe.heads[objective], recipe.seed_of(role)
    transformers.set_seed(seed)  # before the adapter and the head are drawn
    model = trainable(recipe.lora, loaded.model)
    if loaded.model.device.type == "cpu":
        loaded.model.set_attn_implementation("eager")  # the fused kernel's backward pass is slow there
    module = PairLoss(loaded.model.base_model, new_head(loaded), objective, settings)
    order = np.random.default_rng(seed).permutation(len(rows.pairs))
    data = [{"ids": rows.ids[int(n)], "safe": safe_flags(objective, rows.pairs[int(n)])} for n in order]
    arguments = TrainingArguments(
        output_dir=str(run.path / "checkpoints"),
        seed=seed,
        train_sampling_strategy="sequential",  # shuffled already
        remove_unused_columns=False,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.micro_batch,
        gradient_accumulation_steps=settings.batch // settings.micro_batch,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.warmup_steps,
        weight_decay=settings.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        use_cpu=loaded.model.device.type == "cpu",
        save_steps=recipe.save_every,
        save_total_limit=recipe.keep_checkpoints,
        **PLAIN,
    )
    trainer = Trainer(
        model=module,
        args=arguments,
        train_dataset=data,
        data_collator=Collate(int(loaded.tokenizer.pad_token_id or 0)),
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer, model
