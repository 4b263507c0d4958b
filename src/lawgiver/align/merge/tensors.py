"""A model's weights on disk: what is there, and one tensor at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lawgiver.outcome import ConfigurationError

JSON_LIMIT = 64 << 20
"""Bytes of a JSON file that are read; the index of a model of a thousand layers has some megabytes."""
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
FLOATS = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}
COPIED = {"I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8} | {
    "BOOL": torch.bool
}
TIED = "lm_head.weight"
"""The tensor that models whose head is their embedding table may store twice."""


class Meta(NamedTuple):
    """What a safetensors header says of a tensor."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    file: Path


@dataclass(frozen=True)
class Weights:
    """The tensors of a model folder; none is read before it is asked for."""

    folder: Path
    config: Mapping[str, Any]
    """The model's `config.json`."""
    tensors: Mapping[str, Meta] = field(repr=False)

    @property
    def files(self) -> list[Path]:
        """The weight files, sorted."""
        return sorted({meta.file for meta in self.tensors.values()})

    def tensor(self, name: str) -> Tensor:
        """Read one tensor. It lies in a mapping of its file, which ends with the tensor.

        Raises:
            ConfigurationError: if the file has changed or is damaged.
        """
        path = self.tensors[name].file
        try:
            # opened anew for each tensor: pages of a mapping that stays open count as memory in use
            with safe_open(path, framework="pt") as file:
                tensor: Tensor = file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise ConfigurationError(f"{path}: tensor {name} cannot be read: {error}") from None
        return tensor


def open_weights(folder: Path) -> Weights:
    """Read the headers of a model folder's safetensors files.

    Raises:
        ConfigurationError: if there are none, one is damaged, or a tensor has a type that cannot be merged.
    """
    config = read_json(folder / "config.json")
    tensors: dict[str, Meta] = {}
    for path in _files(folder):
        tensors |= _headers(path)
    if config.get("tie_word_embeddings") and any("embed" in name for name in tensors):
        tensors.pop(TIED, None)  # a second copy of the embeddings, which loading passes over
    if not tensors:
        raise ConfigurationError(f"{folder}: its weight files hold no tensors")
    return Weights(folder, config, tensors)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of bounded size.

    Raises:
        ConfigurationError: if it is missing, too large or no object.
    """
    try:
        if path.stat().st_size > JSON_LIMIT:
            raise ConfigurationError(f"{path}: larger than {JSON_LIMIT >> 20} MiB; that is no file of a model")
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path.parent}: no {path.name} there; a model's folder is wanted") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: a JSON object is wanted, not {type(document).__name__}")
    return document


def _files(folder: Path) -> list[Path]:
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if not (folder / INDEX).is_file():
        raise ConfigurationError(f"{folder}: neither {SINGLE} nor {INDEX} there; only safetensors are merged")
    index = read_json(folder / INDEX).get("weight_map")
    names = (
        set(index.values()) if isinstance(index, dict) and all(isinstance(v, str) for v in index.values()) else set()
    )
    # a name from a file must not lead out of the folder
    bad = sorted(name for name in names if Path(name).name != name or not name.endswith(".safetensors"))
    if not names or bad:
        raise ConfigurationError(f"{folder / INDEX}: weight_map must name safetensors files of the folder ({bad[:1]})")
    missing = sorted(name for name in names if not (folder / name).is_file())
    if missing:
        raise ConfigurationError(f"{folder}: {missing[0]} is missing, which {INDEX} names; copy the model again")
    return [folder / name for name in sorted(names)]


def _headers(path: Path) -> dict[str, Meta]:
    types = FLOATS | COPIED
    found: dict[str, Meta] = {}
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (not a dict)
                part = file.get_slice(name)
                dtype = part.get_dtype()
                if dtype not in types:
                    raise ConfigurationError(f"{path}: tensor {name} is of type {dtype}; merge the unquantised model")
                found[name] = Meta(tuple(part.get_shape()), types[dtype], path)
    except (OSError, SafetensorError) as error:
        raise ConfigurationError(f"{path}: is damaged or no safetensors file: {error}") from None
    return found
