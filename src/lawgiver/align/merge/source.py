"""A model of a merge: its weights, and the adapters on them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lawgiver.align.merge.lora import Adapter, open_adapter
from lawgiver.align.merge.tensors import Meta, Weights, open_weights
from lawgiver.data.files import sha256_file
from lawgiver.models import resolve
from lawgiver.models.adapter import lineage
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True)
class Source:
    """One model, whole or as a chain of adapters on a base."""

    name: str
    """As it was asked for."""
    base: str
    """The name of the model that its adapters grew from; of itself without adapters."""
    weights: Weights
    adapters: tuple[Adapter, ...]
    """The innermost first."""

    @property
    def metas(self) -> Mapping[str, Meta]:
        """Name, shape and type of every tensor; adapters change none of them."""
        return self.weights.tensors

    @property
    def files(self) -> list[Path]:
        """Every file that decides its weights."""
        return [*self.weights.files, *(file for adapter in self.adapters for file in adapter.files)]

    def tensor(self, name: str) -> Tensor:
        """One tensor as stored; in fp32 where adapters change it.

        Raises:
            ConfigurationError: if it cannot be read, or is not finite.
        """
        tensor = self.weights.tensor(name)
        for adapter in self.adapters:
            if name in adapter.pairs:
                tensor = adapter.pairs[name].delta().add_(tensor)
        if tensor.is_floating_point() and not finite(tensor):
            raise ConfigurationError(f"{self.name}: tensor {name} is not finite; the model is damaged or diverged")
        return tensor


def open_source(name: str, say: Callable[[str], None]) -> Source:
    """Find a model by name, hub id, folder, align run or adapter folder, and read what its files say they hold.

    Raises:
        ConfigurationError: if it is none of these, is damaged, or an adapter does not fit its base.
        DownloadError: if it has to be fetched and cannot be.
    """
    line = lineage(name)
    weights = open_weights(resolve(line.base, say).path)
    adapters = tuple(open_adapter(folder) for folder in line.adapters)
    for adapter in adapters:
        for tensor, pair in adapter.pairs.items():
            shape = (pair.up_OR.shape[0], pair.down_RI.shape[1])
            there = weights.tensors[tensor].shape if tensor in weights.tensors else "missing"
            if there != shape:
                raise ConfigurationError(
                    f"{adapter.folder}: does not fit {line.base}: {tensor} is {shape} here and {there} there"
                )
    return Source(name, line.base, weights, adapters)


def finite(tensor: Tensor) -> bool:
    """Whether no element is NaN or infinite; one pass, without scratch the tensor's size."""
    if tensor.numel() == 0:
        return True
    low, high = torch.aminmax(tensor)
    return bool(torch.isfinite(low) & torch.isfinite(high))


def hashes(sources: list[Source]) -> dict[Path, str]:
    """sha256 of every file of some models, each file read once."""
    files = sorted({file for source in sources for file in source.files})
    with ThreadPoolExecutor(max_workers=2) as pool:  # hashing leaves Python's lock
        return dict(zip(files, pool.map(sha256_file, files), strict=True))


def fingerprint(source: Source, digests: Mapping[Path, str]) -> str:
    """One sha256 that tells a model's content from another's, wherever its files lie."""
    return hashlib.sha256("\n".join(digests[file] for file in source.files).encode()).hexdigest()
