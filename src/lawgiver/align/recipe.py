"""A recipe: everything that decides a training run, in one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.charter import Charter
from lawgiver.charter.settings import read_settings
from lawgiver.data import Scenario
from lawgiver.outcome import ConfigurationError
from lawgiver.reward import LagrangianConfig, WeightingConfig


class LoraSettings(BaseModel):
    """Which low-rank adapter is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str | list[str] = "all-linear"


class Recipe(BaseModel):
    """GRPO under a charter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["grpo"] = "grpo"
    """The algorithm."""
    model: str
    """A catalogue name, a hub id or a local path."""
    charter: str
    """A charter's folder, or the name of one that ships."""
    seed: int = 0
    system_prompt: bool = True
    """Train with the charter's system prompt in front of every scenario."""
    max_prompt_words: int | None = Field(default=None, ge=1)
    """Leave longer scenarios out of training: a batch is padded to its longest."""
    steps: int = Field(default=24, ge=1)
    """Optimiser steps."""
    prompts_per_step: int = Field(default=8, ge=1)
    """P: scenarios sampled a step, over all processes."""
    generations: int = Field(default=4, ge=2)
    """G: completions of each."""
    max_new_tokens: int = Field(default=48, ge=1)
    """Where a completion is cut; the same in evaluation."""
    temperature: float = Field(default=1.0, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0)
    """Sample among the k likeliest tokens; 0 among all."""
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup_steps: int = Field(default=2, ge=0)
    schedule: Literal["constant_with_warmup", "linear", "cosine"] = "constant_with_warmup"
    kl_beta: float = Field(default=0.0, ge=0)
    """Weight of the KL term to the untrained model; 0 keeps no reference."""
    iterations: int = Field(default=1, ge=1)
    """Updates from each batch of samples."""
    loss: Literal["grpo", "bnpo", "dr_grpo", "dapo"] = "dr_grpo"
    max_grad_norm: float = Field(default=1.0, gt=0)
    multi_objective_aggregation: Literal["sum_then_normalize", "normalize_then_sum"] = "sum_then_normalize"
    """`sum_then_normalize` keeps rewards and costs in their own units, as a Lagrangian wants them."""
    scale_rewards: Literal["group", "batch", "none"] = "batch"
    """What the summed advantage is divided by."""
    micro_batch: int = Field(default=16, ge=1)
    """Completions a backward pass takes at once, per process."""
    save_every: int = Field(default=6, ge=1)
    """Steps between checkpoints."""
    keep_checkpoints: int = Field(default=2, ge=1)
    lora: LoraSettings | None = LoraSettings()
    """None trains all weights."""
    lagrangian: LagrangianConfig = LagrangianConfig()
    weighting: WeightingConfig = WeightingConfig()

    @model_validator(mode="after")
    def _batches_divide(self) -> Recipe:
        completions = self.prompts_per_step * self.generations
        if completions % self.micro_batch:
            raise ValueError(f"micro_batch {self.micro_batch} does not divide the {completions} completions of a step")
        return self


def read_recipe(path: Path, overrides: list[str] | None = None) -> Recipe:
    """Read a recipe and apply `key=value` overrides, dotted keys reaching inside (`lora.rank=8`).

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    return read_settings(Recipe, path, overrides)


def training_scenarios(recipe: Recipe, charter: Charter) -> list[Scenario]:
    """The scenarios that a recipe trains on.

    Raises:
        ConfigurationError: if there are fewer than one step samples.
    """
    limit = recipe.max_prompt_words
    scenarios = [s for s in charter.scenarios("train") if limit is None or len(s.prompt.split()) <= limit]
    if len(scenarios) < recipe.prompts_per_step:
        raise ConfigurationError(
            f"{charter.root}/scenarios/train.jsonl: {len(scenarios)} scenarios to train on, but a step samples "
            f"{recipe.prompts_per_step} (recipe: prompts_per_step, max_prompt_words)"
        )
    return scenarios
