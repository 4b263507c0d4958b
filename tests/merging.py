"""Relatives of the tiny model, whole or as adapters, to be merged."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from lawgiver.outcome import ConfigurationError


def relative(tiny: Path, folder: Path, seed: int, dtype: torch.dtype = torch.float32) -> Path:
    """A whole model: the tiny one and noise."""
    shutil.copytree(tiny, folder)
    generator = torch.Generator().manual_seed(seed)
    change(
        folder,
        lambda tensors: {
            name: (tensor + 0.05 * torch.randn(tensor.shape, generator=generator)).to(dtype)
            for name, tensor in tensors.items()
        },
    )
    return folder


def change(folder: Path, function) -> None:
    """Rewrite a folder's tensors."""
    save_file(function(weights(folder)), folder / "model.safetensors", metadata={"format": "pt"})


def change_json(path: Path, **settings) -> None:
    """Set keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a model folder, from memory of its own."""
    return {name: tensor.clone() for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


def adapter(base: Path, folder: Path, seed: int, rank: int = 3, **settings) -> Path:
    """A LoRA folder on a model, both of its matrices random."""
    from peft import LoraConfig, get_peft_model  # takes seconds, and few tests want it

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, **({"target_modules": "all-linear"} | settings))
    adapted = get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = 0.1 * torch.randn(parameter.shape)
    adapted.save_pretrained(folder)
    return folder


def merged(output: Path, *models, **settings) -> dict[str, torch.Tensor]:
    """Merge as the command does, and read what came of it; a model may be a pair of folder and its settings."""
    from lawgiver.align.merge import merge_config
    from lawgiver.align.merge.plan import plan_merge
    from lawgiver.align.merge.run import merge

    planning = {key: settings.pop(key) for key in ("shard_bytes", "whole", "layers") if key in settings}
    entries = [
        {"model": str(entry[0]), **entry[1]} if isinstance(entry, tuple) else {"model": str(entry)} for entry in models
    ]
    merge(plan_merge(merge_config("test", models=entries, **settings), **planning), output)
    return weights(output)


def refused(pattern, *models, method="linear", **settings) -> None:
    """Plan what must not be merged: one sentence says why."""
    from lawgiver.align.merge import merge_config
    from lawgiver.align.merge.plan import plan_merge

    entries = [{"model": str(model)} for model in models]
    with pytest.raises(ConfigurationError, match=pattern) as error:
        plan_merge(merge_config("test", models=entries, method=method, **settings))
    assert "\n" not in str(error.value)
