"""A quantised GGUF file, turned once into the safetensors folder that everything else loads."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import torch
from safetensors import SafetensorError
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from lawgiver.models.quiet import quiet
from lawgiver.outcome import DownloadError


def dequantise(gguf: Path, folder: Path, *, splits_digits: bool = False) -> None:
    """Write model (bf16) and tokenizer of a GGUF file into `folder`, as transformers loads them.

    Args:
        gguf: the file; the tokenizer and its chat template are read from it too.
        folder: an empty folder.
        splits_digits: whether the tokenizer takes digits one by one.

    Raises:
        DownloadError: if transformers cannot read the file.
        OSError: if the folder cannot be written.
    """
    quiet()
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # a progress bar that no setting turns off
            tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
            # rounded once, from fp32, not at every step of the unpacking
            packed = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    except Exception as error:  # a file that is wrong in some way makes its readers raise in any way
        raise DownloadError(f"{gguf.name}: transformers cannot read it ({error}); another version might") from None
    if splits_digits:
        _split_digits(tokenizer)
    tokenizer.model_max_length = packed.config.max_position_embeddings
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config  # the weights are plain by now
    # a model that came out of a GGUF file refuses to be saved; its weights in a fresh one do not
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)  # type: ignore[no-untyped-call]
    plain.load_state_dict(packed.state_dict())
    plain.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    try:
        plain.save_pretrained(folder)
    except SafetensorError as error:  # how a full disk shows itself
        raise OSError(errno.EIO, str(error)) from None
    tokenizer.save_pretrained(folder)


def _split_digits(tokenizer: Any) -> None:
    """Restore the digit splitter, which transformers drops when it rebuilds a byte-level tokenizer from GGUF.

    Without it a line break before a digit is cut differently from how the model was trained: numbered lists suffer.
    """
    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
