"""What a merge would do: every tensor checked against every model before one is read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from lawgiver.align.merge.combine import values_of
from lawgiver.align.merge.config import MergeConfig
from lawgiver.align.merge.fit import refuse_different
from lawgiver.align.merge.lora import Adapter
from lawgiver.align.merge.settings import layer_of
from lawgiver.align.merge.source import Source, open_source
from lawgiver.models.cache import Say
from lawgiver.outcome import ConfigurationError

SHARD = 4 << 30
"""Bytes of a weight file, unless asked otherwise; one tensor that is larger has a file of its own."""


class Planned(NamedTuple):
    """A tensor of the result."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def numel(self) -> int:
        """Its elements."""
        return torch.Size(self.shape).numel()

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True)
class Plan:
    """A merge whose parts all fit."""

    config: MergeConfig
    sources: tuple[Source, ...]
    """In the order of `config.names`, the base first where there is one."""
    template: Source
    """Whose configuration and tokenizer the result gets."""
    layers: int
    shards: tuple[tuple[Planned, ...], ...]
    """What is written, file by file; empty if an adapter is."""
    adapters: tuple[Adapter, ...] = ()
    """The distinct adapters whose exact weighted sum is written, if that is what the merge comes to."""

    @property
    def tensors(self) -> list[Planned]:
        """All tensors of the result."""
        return [tensor for shard in self.shards for tensor in shard]

    @property
    def nbytes(self) -> int:
        """Bytes of weights that will be written."""
        if self.adapters:
            return sum(
                4 * (pair.down_RI.numel() + pair.up_OR.numel()) for a in self.adapters for pair in a.pairs.values()
            )
        return sum(tensor.nbytes for tensor in self.tensors)

    @property
    def reads(self) -> int:
        """Bytes of weights that will be read."""
        return sum(file.stat().st_size for file in {file for source in self.sources for file in source.files})


def plan_merge(
    config: MergeConfig,
    say: Say = lambda _: None,
    *,
    layers: int | None = None,
    shard_bytes: int = SHARD,
    whole: bool = False,
) -> Plan:
    """Find the models and check that they fit; only headers are read.

    Args:
        config: what to merge, and how.
        say: told what takes time.
        layers: how many layers the settings say the models have; None if they say nothing.
        shard_bytes: bound of a weight file, ≥ 1.
        whole: write whole weights even where all models are adapters and an adapter would do.

    Raises:
        ConfigurationError: naming the first tensor, setting or token that does not fit.
        DownloadError: if a model has to be fetched and cannot be.
    """
    opened = {name: open_source(name, say) for name in dict.fromkeys(config.names)}
    sources = tuple(opened[name] for name in config.names)
    template = opened[config.template] if config.template is not None else sources[0]
    refuse_different([template, *(source for source in opened.values() if source is not template)])
    # every layer has a tensor that says so
    found = 1 + max((number for name in template.metas if (number := layer_of(name)) is not None), default=-1)
    if layers is not None and layers != found:
        raise ConfigurationError(f"slices: layer_range ends at {layers}, but {template.name} has {found} layers")
    summed = () if whole else summable(config, sources, found)
    return Plan(config, sources, template, found, () if summed else _shards(config, template, shard_bytes), summed)


def summable(config: MergeConfig, sources: tuple[Source, ...], layers: int) -> tuple[Adapter, ...]:
    """The distinct adapters of a merge that an adapter can hold exactly; none if it cannot.

    It can if the method is linear, all models are adapters on one base, and the weights sum to 1 on every tensor:
    the base then comes out as it went in.
    """
    folders = {source.weights.folder.resolve() for source in sources}
    if config.method != "linear" or len(folders) > 1 or not all(source.adapters for source in sources):
        return ()
    for name in sources[0].metas:
        weights = values_of(config, name, layers, [""] * len(sources)).weights
        if not config.normalizes and abs(sum(weights) - 1) > 1e-6:
            return ()
    return tuple({a.folder.resolve(): a for source in sources for a in source.adapters}.values())


def _shards(config: MergeConfig, template: Source, shard_bytes: int) -> tuple[tuple[Planned, ...], ...]:
    dtype = getattr(torch, config.dtype) if config.dtype else None
    planned = [
        Planned(name, meta.shape, dtype if dtype is not None and meta.dtype.is_floating_point else meta.dtype)
        for name, meta in template.metas.items()
    ]
    shards: list[list[Planned]] = [[]]
    for tensor in sorted(planned, key=_by_layer):
        if shards[-1] and sum(other.nbytes for other in shards[-1]) + tensor.nbytes > shard_bytes:
            shards.append([])
        shards[-1].append(tensor)
    return tuple(tuple(shard) for shard in shards)


def _by_layer(tensor: Planned) -> tuple[int, str]:
    layer = layer_of(tensor.name)
    return (-1 if layer is None else layer, tensor.name)


def refuse_taken(output: Path, nbytes: int) -> None:
    """Refuse a place that is taken or too small, before anything is computed.

    Raises:
        ConfigurationError: if something is there, or the disk has no room.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ConfigurationError(f"{output}: is there already; give another folder, or remove it")
    parent = output.absolute().parent
    while not parent.exists():
        parent = parent.parent
    free = shutil.disk_usage(parent).free
    if free < nbytes:
        raise ConfigurationError(f"{output}: needs {nbytes / 1e6:.0f} MB, but only {free / 1e6:.0f} MB are free there")
