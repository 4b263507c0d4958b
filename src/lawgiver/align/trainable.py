"""What every trainer here shares: the adapter that is trained, and the checkpoint a run goes on from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel
from transformers.trainer_utils import get_last_checkpoint

from lawgiver.align.recipe import LoraSettings
from lawgiver.data.rundir import RunDirectory

PLAIN: dict[str, Any] = {
    "bf16": False,  # a model that is bf16 already needs no autocast on top
    "gradient_checkpointing": False,  # trades time for memory that small models do not need
    "logging_steps": 1,
    "report_to": [],
    "disable_tqdm": True,
    "dataloader_pin_memory": False,
}
"""Training arguments that are the same everywhere."""


def lora_config(lora: LoraSettings) -> LoraConfig:
    """PEFT's own settings."""
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )


def trainable(lora: LoraSettings | None, model: PreTrainedModel) -> PreTrainedModel | PeftModel:
    """The model with its adapter, in the model's own precision: casting at every layer halves decoding.

    Without settings, the model itself: all its weights are trained.
    """
    if lora is None:
        return model
    return get_peft_model(model, lora_config(lora), autocast_adapter_dtype=False)


def newest_checkpoint(run: RunDirectory) -> Path | None:
    """The newest whole checkpoint of a run, None if there is none yet."""
    folder = run.path / "checkpoints"
    last = get_last_checkpoint(str(folder)) if folder.is_dir() else None  # type: ignore[no-untyped-call]
    return Path(last) if last else None
