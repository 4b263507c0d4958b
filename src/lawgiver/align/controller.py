"""Between two optimiser steps: count, move λ and the weights, raise alarms, log, remember.

A `TrainerCallback` over public seams: it reads the shared judge's newest batch and writes the trainer's
`reward_weights`, which TRL reads afresh for every batch.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from trl.trainer.grpo_trainer import GRPOTrainer

from lawgiver.align.accounting import Array, mean, merge, step_columns, summarise
from lawgiver.align.recipe import Recipe
from lawgiver.align.rewards import SharedJudge
from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.reward import Multipliers, Weighting, signed_weights

STATE = "lawgiver.json"
LOGGED = {"loss": "loss", "grad_norm": "grad_norm", "kl": "kl", "entropy": "entropy"}


class Controller(TrainerCallback):
    """Carries the Lagrangian and the adaptive weights through a run."""

    def __init__(
        self, recipe: Recipe, judge: SharedJudge, run: RunDirectory, on_step: Callable[[dict[str, Any]], None]
    ) -> None:
        """Start from the recipe; `on_step` is told every logged row (main process only)."""
        spec = judge.charter.spec
        self.spec = spec
        self.judge = judge
        self.run = run
        self.on_step = on_step
        self.multipliers = Multipliers.start(
            recipe.lagrangian, {constraint.name: constraint.threshold for constraint in spec.constraints}
        )
        self.weighting = Weighting.start(
            recipe.weighting, np.array([spec.weights[principle.name] for principle in spec.principles])
        )
        self._trainer: GRPOTrainer | None = None
        self._row: dict[str, Any] = {}
        self._counted: object = None
        self._started = time.monotonic()

    def attach(self, trainer: GRPOTrainer) -> None:
        """Take charge of a trainer's reward weights."""
        self._trainer = trainer
        self._set_weights()

    def restore(self, checkpoint: Path) -> None:
        """Take up λ and the weights where a checkpoint left them.

        Raises:
            ConfigurationError: if the checkpoint is not one of ours.
        """
        path = checkpoint / STATE
        if not path.exists():
            raise ConfigurationError(f"{path}: missing; this checkpoint was not written by lawgiver align")
        state = json.loads(path.read_text())
        self.multipliers = self.multipliers.restored(state["multipliers"])
        self.weighting = self.weighting.restored(state["weighting"])
        self._set_weights()

    def _set_weights(self) -> None:
        assert self._trainer is not None
        lambda_C = np.array([self.multipliers.values[c.name] for c in self.spec.constraints])
        weights = signed_weights(self.weighting.weights_K, lambda_C)
        self._trainer.reward_weights = torch.tensor(weights, dtype=torch.float32)

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the step's clock."""
        self._started = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Count the step over all processes, then move the weights and λ."""
        fresh = self.judge.judgements is not self._counted  # a batch may be used for several updates
        self._counted = self.judge.judgements
        columns = merge(gather_object([step_columns(self.spec, self.judge.judgements)]))
        row = {"step": state.global_step, **summarise(columns)}
        row["lambda"] = self.multipliers.values
        weights = self.weighting.weights_K
        row["weights"] = {p.name: float(w) for p, w in zip(self.spec.principles, weights, strict=True)}
        if fresh:
            self._move(columns)
        row["alarms"] = self._alarms(row["monitors"])
        row["seconds"] = round(time.monotonic() - self._started, 3)
        self._row = row

    def _move(self, columns: dict[str, Array]) -> None:
        """Let the weights and λ follow one batch."""
        rewards_NK = np.stack([columns[f"value/{p.name}"] for p in self.spec.principles], axis=1)
        self.weighting = self.weighting.update(rewards_NK)
        costs = {c.name: mean(columns[f"cost/{c.name}"]) for c in self.spec.constraints}
        self.multipliers = self.multipliers.update(costs)
        self._set_weights()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Join the optimiser's own numbers to the step's row and write it."""
        if self._row and state.is_world_process_zero:
            row = self._row | {name: logs[key] for key, name in LOGGED.items() if logs and key in logs}
            self.run.log(row)
            self.on_step(row)
        self._row = {}

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Keep λ and the weights beside the checkpoint they belong to."""
        if state.is_world_process_zero:
            document = {"multipliers": self.multipliers.to_json(), "weighting": self.weighting.to_json()}
            folder = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
            atomic_write(folder / STATE, json.dumps(document))

    def _alarms(self, monitors: dict[str, float | None]) -> list[str]:
        alarms = [
            f"λ of {name} stands at its cap: the budget {self.multipliers.thresholds[name]:g} is out of reach"
            for name in self.multipliers.saturated()
        ]
        for monitor in self.spec.monitors:
            value = monitors[monitor.evidence]
            if value is None:
                continue
            if monitor.low is not None and value < monitor.low:
                alarms.append(f"{monitor.evidence} fell to {value:.3g}, below {monitor.low:g}")
            if monitor.high is not None and value > monitor.high:
                alarms.append(f"{monitor.evidence} rose to {value:.3g}, above {monitor.high:g}")
        return alarms
