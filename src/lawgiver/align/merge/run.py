"""Doing a planned merge: a tensor at a time, into a folder that appears when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lawgiver import __version__
from lawgiver.align.merge.adapters import write_adapter
from lawgiver.align.merge.combine import METHODS, values_of
from lawgiver.align.merge.plan import Plan, Planned, refuse_taken
from lawgiver.align.merge.source import fingerprint, finite, hashes
from lawgiver.align.merge.staging import staged
from lawgiver.align.merge.tensors import INDEX, JSON_LIMIT, SINGLE
from lawgiver.align.merge.writer import write_tensors
from lawgiver.data.files import atomic_write, sha256_file
from lawgiver.outcome import ConfigurationError

RECORD = "merge.json"
COPIED = (
    *("generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    *("added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model", "spiece.model", "chat_template.jinja"),
)
"""What makes weights a model; nothing that could be run is copied."""


def merge(plan: Plan, output: Path, on_progress: Callable[[int], None] = lambda _: None) -> Path:
    """Merge into a new folder.

    Arithmetic is in fp32, rounded once to the result's type. At any time one tensor of each model is in memory.

    Args:
        plan: what `plan_merge` checked.
        output: a folder that is not there, or empty.
        on_progress: told how many more tensors are done.

    Returns:
        The folder: a model, or an adapter where `plan.adapters` says so, with `merge.json` beside the weights.

    Raises:
        ConfigurationError: if the folder is taken, a model is damaged, or a result is not finite.
        OSError: if the disk is full; nothing is left then.
    """
    refuse_taken(output, plan.nbytes)
    digests = hashes(list(plan.sources))
    with staged(output) as folder:
        if plan.adapters:
            written = write_adapter(plan, folder, on_progress)
        else:
            written = _write_shards(plan, folder, digests, on_progress)
            written |= _write_config(plan, folder) | _copy(plan, folder)
        atomic_write(folder / RECORD, json.dumps(_record(plan, digests, written), ensure_ascii=False, indent=1) + "\n")
    return output


def merged_tensor(plan: Plan, planned: Planned, fingerprints: list[str]) -> Tensor:
    """One tensor of the result.

    Raises:
        ConfigurationError: if it is not finite, in a model or in the result's type.
    """
    name, tensors = planned.name, [source.tensor(planned.name) for source in plan.sources]
    if not planned.dtype.is_floating_point:
        for source, tensor in zip(plan.sources, tensors, strict=True):
            if not torch.equal(tensor, tensors[0]):
                raise ConfigurationError(f"{source.name}: tensor {name} holds other integers; these cannot be merged")
        return tensors[0]
    values = values_of(plan.config, name, plan.layers, fingerprints)
    result = METHODS[plan.config.method](tensors, values).to(planned.dtype)
    if not finite(result):
        raise ConfigurationError(f"tensor {name}: the merge does not fit into {planned.dtype}; choose float32 (dtype)")
    return result


def _write_shards(
    plan: Plan, folder: Path, digests: Mapping[Path, str], on_progress: Callable[[int], None]
) -> dict[str, str]:
    sources = plan.sources[1:] if plan.config.base is not None else plan.sources
    fingerprints = [fingerprint(source, digests) for source in sources]
    planned = {tensor.name: tensor for tensor in plan.tensors}

    def make(name: str) -> Tensor:
        tensor = merged_tensor(plan, planned[name], fingerprints)
        on_progress(1)
        return tensor

    count = len(plan.shards)
    names = [SINGLE] if count == 1 else [f"model-{n:05}-of-{count:05}.safetensors" for n in range(1, count + 1)]
    written = {name: write_tensors(folder / name, shard, make) for name, shard in zip(names, plan.shards, strict=True)}
    if count > 1:
        home = {tensor.name: name for name, shard in zip(names, plan.shards, strict=True) for tensor in shard}
        index = {"metadata": {"total_size": plan.nbytes}, "weight_map": home}
        atomic_write(folder / INDEX, json.dumps(index, indent=1) + "\n")
        written[INDEX] = sha256_file(folder / INDEX)
    return written


def _write_config(plan: Plan, folder: Path) -> dict[str, str]:
    types = {str(tensor.dtype).removeprefix("torch.") for tensor in plan.tensors if tensor.dtype.is_floating_point}
    config = {key: value for key, value in plan.template.weights.config.items() if key not in ("torch_dtype", "dtype")}
    if len(types) == 1:
        config["dtype"] = types.pop()
    atomic_write(folder / "config.json", json.dumps(config, ensure_ascii=False, indent=1) + "\n")
    return {"config.json": sha256_file(folder / "config.json")}


def _copy(plan: Plan, folder: Path) -> dict[str, str]:
    written: dict[str, str] = {}
    for name in COPIED:
        path = plan.template.weights.folder / name
        if path.is_file() and path.stat().st_size <= JSON_LIMIT:
            shutil.copyfile(path, folder / name)
            written[name] = sha256_file(folder / name)
    return written


def _record(plan: Plan, digests: Mapping[Path, str], written: Mapping[str, str]) -> dict[str, Any]:
    return {
        "lawgiver": __version__,
        "merge": plan.config.model_dump(mode="json"),
        "result": "adapter" if plan.adapters else "model",
        "configuration_and_tokenizer_of": plan.template.name,
        "inputs": [
            {
                "model": source.name,
                "base": source.base,
                "adapters": [adapter.folder.name for adapter in source.adapters],
                "sha256": {file.name: digests[file] for file in source.weights.files},
                "adapters_sha256": [
                    {file.name: digests[file] for file in adapter.files} for adapter in source.adapters
                ],
            }
            for source in plan.sources
        ],
        "output_sha256": dict(written),
    }
