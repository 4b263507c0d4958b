"""From a name to a model that is ready to answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from lawgiver.models.adapter import Lineage, lineage
from lawgiver.models.catalogue import SMOLLM2, find
from lawgiver.models.quiet import quiet
from lawgiver.models.resolve import ResolvedModel, resolve
from lawgiver.outcome import ConfigurationError


@dataclass
class LoadedModel:
    """A causal LM and its tokenizer (left-padded, with a pad token)."""

    name: str
    """As it was asked for."""
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    resolved: ResolvedModel | None = None
    """Where the (base) weights lie; None for a model that was not loaded by name."""
    adapters: tuple[Path, ...] = ()
    """LoRA folders that were merged into the weights, the innermost first."""


def load(
    name: str,
    on_message: Callable[[str], None] = lambda _: None,
    *,
    dtype: torch.dtype | None = None,
    adapter: str | Path | None = None,
) -> LoadedModel:
    """Load a model by name, hub id or folder; an align run or an adapter folder loads its base and merges.

    Args:
        name: who.
        on_message: told what takes time.
        dtype: of the weights; None takes bf16 on a GPU and on processors that compute in it, else fp32.
        adapter: a PEFT LoRA folder to merge into `name`, whatever base the adapter itself names.

    Raises:
        ConfigurationError: if the folder holds no model, or the adapter does not fit it.
        DownloadError: if it has to be fetched and cannot be.
    """
    quiet()
    line = lineage(name)
    if adapter is not None:
        line = Lineage(line.base, (*line.adapters, Path(adapter).expanduser()))
    if (entry := find(line.base)) is not None and entry.kind == "encoder":
        raise ConfigurationError(
            f"{line.base}: only reads text and writes none; name a language model, e.g. {SMOLLM2.name}"
        )
    resolved = resolve(line.base, on_message)
    wanted = dtype or default_dtype()
    # added in fp32 and rounded once, at the end
    model = _model(resolved.path, torch.float32 if line.adapters else wanted)
    for folder in line.adapters:
        model = _merged(model, folder)
    ready: PreTrainedModel = torch.nn.Module.to(model, device=device(), dtype=wanted)
    ready.train(False)
    return LoadedModel(name, ready, _tokenizer(resolved.path), resolved, line.adapters)


def load_tokenizer(name: str, on_message: Callable[[str], None] = lambda _: None) -> PreTrainedTokenizerBase:
    """The tokenizer of what `load` would load, without its weights.

    Raises:
        ConfigurationError: if the folder holds no tokenizer.
        DownloadError: if it has to be fetched and cannot be.
    """
    quiet()
    return _tokenizer(resolve(lineage(name).base, on_message).path)


def device() -> torch.device:
    """The GPU if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def default_dtype() -> torch.dtype:
    """bf16 where the processor or the GPU multiplies in it, else fp32, which is then faster."""
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if torch.backends.cpu.get_cpu_capability() == "AVX512" and _has_bf16() else torch.float32


def _has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _model(path: Path, dtype: torch.dtype) -> PreTrainedModel:
    if not (path / "config.json").is_file():
        raise ConfigurationError(f"{path}: no config.json there; a model folder or an align run is wanted")
    try:
        # pickled weights can run code, so they are not taken at all
        model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype, use_safetensors=True, local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ConfigurationError(f"{path}: no model can be loaded from there: {_first_line(error)}") from None
    assert isinstance(model, PreTrainedModel)
    return model


def _tokenizer(path: Path) -> PreTrainedTokenizerBase:
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, padding_side="left", local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: no tokenizer can be loaded from there: {_first_line(error)}") from None
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _merged(model: PreTrainedModel, adapter: Path) -> PreTrainedModel:
    from peft import PeftModel

    for file in ("adapter_config.json", "adapter_model.safetensors"):  # the other format is a pickle
        if not (adapter / file).is_file():
            raise ConfigurationError(f"{adapter}: no {file} there; a PEFT LoRA folder with safetensors is wanted")
    try:
        merged = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ConfigurationError(f"{adapter}: does not fit the model: {_first_line(error)}") from None
    assert isinstance(merged, PreTrainedModel)
    return merged


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
