"""The pretrained part of a classifier: any encoder or decoder, as hidden states, and how it is pooled."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import torch
from safetensors import SafetensorError
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_MASKED_LM_MAPPING_NAMES

from lawgiver.models.quiet import quiet
from lawgiver.models.resolve import resolve
from lawgiver.outcome import ConfigurationError

Pooling: TypeAlias = Literal["mean", "last"]


@dataclass
class Backbone:
    """A model that answers with hidden states, and its tokenizer."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    pooling: Pooling
    """How the states of a text become one: their mean for an encoder; for a decoder the last, which saw the others."""


def load_backbone(name: str, on_message: Callable[[str], None] = lambda _: None) -> Backbone:
    """Load an encoder or decoder by catalogue name, hub id or folder, in fp32 and on the processor.

    Raises:
        ConfigurationError: if the folder holds no such model, or a tokenizer without offsets.
        DownloadError: if it has to be fetched and cannot be.
    """
    return open_backbone(resolve(name, on_message).path)


def open_backbone(path: Path) -> Backbone:
    """As `load_backbone`, from a folder."""
    quiet()
    try:
        # pickled weights and a repository's own code can run anything, so neither is taken
        model = AutoModel.from_pretrained(path, dtype=torch.float32, use_safetensors=True, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ConfigurationError(f"{path}: no encoder or decoder can be loaded from there: {first}") from None
    assert isinstance(model, PreTrainedModel)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ConfigurationError(f"{path}: its tokenizer says of no token where in the text it stands; a fast one does")
    if getattr(model, "pooler", None) is not None:
        setattr(model, "pooler", None)  # noqa: B010  # its weights may be missing, and nothing here reads what it says
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = False
    return Backbone(model, tokenizer, pooling_of(model))


def pooling_of(model: PreTrainedModel) -> Pooling:
    """`last` for a model that can only write on, `mean` for one that reads in both directions."""
    kind = model.config.model_type
    writes = kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return "last" if writes else "mean"


def freeze(model: PreTrainedModel, layers: int, *, embeddings: bool = True) -> None:
    """Take the lowest layers out of training, in place; their backward pass is then saved as well.

    Args:
        model: a backbone.
        layers: how many; with one or more the embeddings are frozen too, since they lie below.
        embeddings: whether to freeze these in any case.

    Raises:
        ConfigurationError: for more layers than there are.
    """
    stack = layers_of(model)
    if layers > len(stack):
        raise ConfigurationError(f"freeze: {layers} layers, but {model.config.model_type} here has {len(stack)}")
    for layer in list(stack)[:layers]:
        layer.requires_grad_(False)
    if embeddings or layers:
        words = model.get_input_embeddings()
        for child in model.children():
            if any(module is words for module in child.modules()):
                child.requires_grad_(False)


def drop_out(model: PreTrainedModel, rate: float) -> None:
    """Set every dropout of a backbone, in place; `rate` in [0, 1)."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = rate


def layers_of(model: PreTrainedModel) -> torch.nn.ModuleList:
    """The stack of layers, the lowest first.

    Raises:
        ConfigurationError: for an architecture in which it cannot be told.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == model.config.num_hidden_layers:
            return module
    raise ConfigurationError(f"{model.config.model_type}: its layers cannot be told; set freeze to 0")
