"""What a stage's trainer says at each step, as a line of `metrics.jsonl`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lawgiver.data.rundir import RunDirectory

KEPT = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "rewards/accuracies": "accuracy",
    "rewards/margins": "margin",
    "rewards/chosen": "reward_chosen",
    "rewards/rejected": "reward_rejected",
    "kl": "kl",
    "learning_rate": "learning_rate",
}


class StepLog(TrainerCallback):
    """Writes a line for every optimiser step, and passes it on."""

    def __init__(self, run: RunDirectory, on_step: Callable[[dict[str, Any]], None]) -> None:
        """`on_step` is told every line (main process only)."""
        self.run, self.on_step = run, on_step
        self._started = time.monotonic()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the step's clock."""
        self._started = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep what is worth watching of a step; the trainer's closing line is not one."""
        if not state.is_world_process_zero or not logs or "loss" not in logs:
            return
        row = {"step": state.global_step, **{name: logs[key] for key, name in KEPT.items() if key in logs}}
        row["seconds"] = round(time.monotonic() - self._started, 3)
        self.run.log(row)
        self.on_step(row)
