"""A loaded tiny model, and adapters for it."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def loaded(tiny):
    """The tiny model in fp32; only to be read."""
    import torch

    from lawgiver.models.load import load

    return load(str(tiny), dtype=torch.float32)


@pytest.fixture
def make_adapter(tiny):
    """Write a LoRA adapter with random weights for the tiny model into a folder."""

    def make(folder: Path, *, scale: float = 0.3, seed: int = 1) -> Path:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
        adapted = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for name, parameter in adapted.named_parameters():
                if "lora_" in name:
                    torch.nn.init.normal_(parameter, std=scale)
        adapted.save_pretrained(str(folder))
        return folder

    return make
