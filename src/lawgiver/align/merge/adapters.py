"""The exact weighted sum of adapters, as one adapter of the summed rank."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from lawgiver.align.merge.combine import values_of
from lawgiver.align.merge.linear import normalized
from lawgiver.align.merge.lora import CONFIG, DOWN, PREFIX, UP, WEIGHTS, Adapter, Pair
from lawgiver.align.merge.plan import Plan, Planned
from lawgiver.align.merge.writer import write_tensors
from lawgiver.data.files import atomic_write, sha256_file


def concatenated(pairs: Sequence[Pair], weights: Sequence[float], rank: int) -> Pair:
    """Stack N differences so that their product is the weighted sum: up = [w s up …], down = [down; …].

    Args:
        pairs: N differences of the same I inputs and O outputs.
        weights: N numbers.
        rank: of the result, at least the sum of theirs; the rest is zeros, since an adapter has one rank throughout.

    Returns:
        A difference of scale 1.
    """
    down_RI = torch.zeros(rank, pairs[0].down_RI.shape[1])
    up_OR = torch.zeros(pairs[0].up_OR.shape[0], rank)
    start = 0
    for pair, weight in zip(pairs, weights, strict=True):
        end = start + pair.down_RI.shape[0]
        down_RI[start:end] = pair.down_RI
        up_OR[:, start:end] = pair.up_OR * (weight * pair.scale)
        start = end
    return Pair(down_RI, up_OR, 1.0)


def write_adapter(plan: Plan, folder: Path, on_progress: Callable[[int], None]) -> dict[str, str]:
    """Write the adapter that a plan of adapters comes to.

    Returns:
        File name → sha256.
    """
    held = {name: [a for a in plan.adapters if name in a.pairs] for a in plan.adapters for name in a.pairs}
    rank = max(sum(a.pairs[name].down_RI.shape[0] for a in adapters) for name, adapters in held.items())
    tensors: dict[str, Tensor] = {}
    for name, adapters in sorted(held.items()):
        shares = _shares(plan, name)
        pair = concatenated([a.pairs[name] for a in adapters], [shares[a.folder.resolve()] for a in adapters], rank)
        module = PREFIX + name.removesuffix(".weight")
        tensors |= {module + DOWN: pair.down_RI, module + UP: pair.up_OR}
        on_progress(1)
    specs = [Planned(name, tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()]
    digest = write_tensors(folder / WEIGHTS, specs, tensors.__getitem__)
    atomic_write(folder / CONFIG, json.dumps(_config(plan, rank, held), indent=1) + "\n")
    return {WEIGHTS: digest, CONFIG: sha256_file(folder / CONFIG)}


def _shares(plan: Plan, name: str) -> dict[Path, float]:
    """How much of each distinct adapter the result holds: one that lies under two models counts for both."""
    values = values_of(plan.config, name, plan.layers, [""] * len(plan.sources))
    shares: dict[Path, float] = {}
    for source, weight in zip(plan.sources, normalized(values.weights, normalize=plan.config.normalizes), strict=True):
        for adapter in source.adapters:
            folder = adapter.folder.resolve()
            shares[folder] = shares.get(folder, 0.0) + weight
    return shares


def _config(plan: Plan, rank: int, held: Mapping[str, list[Adapter]]) -> dict[str, object]:
    base = plan.sources[0].base
    path = Path(base).expanduser()
    return {
        **plan.adapters[0].config,
        # a name stays a name; a folder must be found from wherever the adapter is loaded
        "base_model_name_or_path": str(path.resolve()) if path.is_dir() else base,
        "revision": None,
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "use_rslora": False,
        "rank_pattern": {},
        "alpha_pattern": {},
        "target_modules": sorted(name.removesuffix(".weight") for name in held),
        "exclude_modules": None,
        "layers_to_transform": None,
        "layers_pattern": None,
        "inference_mode": True,
    }
