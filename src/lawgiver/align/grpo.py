"""GRPO under a charter: TRL's trainer through its public seams, the charter's rewards, its Lagrangian."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import gcd
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # TRL reports home from every trainer's __init__

import numpy as np
import transformers
from datasets import Dataset
from transformers import PreTrainedModel, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from lawgiver.align.controller import Controller
from lawgiver.align.cpu import quicken
from lawgiver.align.recipe import Recipe, training_scenarios
from lawgiver.align.rewards import SharedJudge
from lawgiver.align.trainable import PLAIN, newest_checkpoint, trainable
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError

__all__ = ["align", "build_trainer"]

OnStep = Callable[[dict[str, Any]], None]


def build_trainer(
    recipe: Recipe,
    charter: Charter,
    loaded: LoadedModel,
    run: RunDirectory,
    on_step: OnStep = lambda _: None,
    *,
    generation_kwargs: dict[str, Any] | None = None,
    callbacks: list[TrainerCallback] | None = None,
) -> tuple[GRPOTrainer, Controller]:
    """Assemble the trainer and the controller that moves its weights.

    Args:
        recipe: what to do.
        charter: by which rules.
        loaded: the model to train, changed in place.
        run: where checkpoints and metrics go.
        on_step: told every logged row.
        generation_kwargs: handed to `generate` on top of the recipe's sampling.
        callbacks: more callbacks.
    """
    scenarios = training_scenarios(recipe, charter)
    judge = SharedJudge(
        charter,
        scenarios,
        generations=recipe.generations,
        neutral=recipe.multi_objective_aggregation == "sum_then_normalize",
    )
    controller = Controller(recipe, judge, run, on_step)
    system_prompt = charter.spec.system_prompt if recipe.system_prompt else None
    drawn = [scenarios[i] for i in drawing_order(len(scenarios), recipe.steps * recipe.prompts_per_step, recipe.seed)]
    dataset = Dataset.from_list([{"prompt": s.messages(system_prompt), "scenario_id": s.id} for s in drawn])
    transformers.set_seed(recipe.seed)  # before the adapter is drawn
    if loaded.model.device.type == "cpu":
        quicken(loaded.model)
    trainer = GRPOTrainer(
        model=trainable(recipe.lora, loaded.model),
        reward_funcs=[*judge.functions()],
        args=_config(recipe, loaded.model, run, generation_kwargs),
        train_dataset=dataset,
        processing_class=loaded.tokenizer,
        callbacks=[controller, *(callbacks or [])],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    controller.attach(trainer)
    return trainer, controller


def drawing_order(count: int, wanted: int, seed: int) -> list[int]:
    """Which of `count` scenarios come in which order: pass after pass, each shuffled anew, `wanted` in all.

    The whole run is one epoch to the trainer. Its own sampler begins with the first epoch's order again when a run
    is resumed in a later one.
    """
    generator = np.random.default_rng(seed)
    passes = -(-wanted // count)
    order = np.concatenate([generator.permutation(count) for _ in range(passes)])
    return [int(index) for index in order[:wanted]]


def align(
    recipe: Recipe,
    charter: Charter,
    loaded: LoadedModel,
    run: RunDirectory,
    on_step: OnStep = lambda _: None,
    *,
    resume: bool = False,
) -> Path:
    """Train, and keep the adapter (or the whole model) under `adapter/` (`model/`).

    A resumed run continues from its newest checkpoint as if it had never stopped: weights, optimiser, random
    state, λ, adaptive weights and the metrics so far.

    Returns:
        The folder of the result.

    Raises:
        TooManyFailuresError: if more scores failed than the charter allows; checkpoints are kept.
        ConfigurationError: if the charter has too few scenarios.
    """
    trainer, controller = build_trainer(recipe, charter, loaded, run, on_step)
    checkpoint = newest_checkpoint(run) if resume else None
    if checkpoint:
        controller.restore(checkpoint)
    run.rewind_metrics(int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    result = run.path / ("adapter" if recipe.lora else "model")
    trainer.save_model(str(result))
    if trainer.is_world_process_zero():
        (result / "training_args.bin").unlink(missing_ok=True)  # a pickle, which nobody should be asked to load
        loaded.tokenizer.save_pretrained(str(result))
        run.write("summary.json", {"steps": trainer.state.global_step, "result": result.name})
    return result


def _config(
    recipe: Recipe, model: PreTrainedModel, run: RunDirectory, generation_kwargs: dict[str, Any] | None
) -> GRPOConfig:
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    per_process = recipe.prompts_per_step * recipe.generations // processes
    if per_process * processes != recipe.prompts_per_step * recipe.generations or per_process % recipe.generations:
        raise ConfigurationError(
            f"{recipe.prompts_per_step} prompts a step do not divide among {processes} processes; "
            "a prompt's completions stay together (recipe: prompts_per_step)"
        )
    micro_batch = gcd(recipe.micro_batch, per_process)  # whole micro-batches, or completions would be dropped
    return GRPOConfig(
        output_dir=str(run.path / "checkpoints"),
        seed=recipe.seed,
        shuffle_dataset=False,  # drawn already
        max_steps=recipe.steps,
        per_device_train_batch_size=micro_batch,
        gradient_accumulation_steps=per_process // micro_batch,
        num_generations=recipe.generations,
        num_iterations=recipe.iterations,
        max_completion_length=recipe.max_new_tokens,
        temperature=recipe.temperature,
        top_p=recipe.top_p,
        top_k=recipe.top_k,
        generation_kwargs=generation_kwargs,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup_steps,
        max_grad_norm=recipe.max_grad_norm,
        beta=recipe.kl_beta,
        loss_type=recipe.loss,
        multi_objective_aggregation=recipe.multi_objective_aggregation,
        scale_rewards=recipe.scale_rewards,
        use_cpu=model.device.type == "cpu",
        save_steps=recipe.save_every,
        save_total_limit=recipe.keep_checkpoints,
        remove_unused_columns=False,
        **PLAIN,
    )
