"""The registry of methods: from the models' tensors of one name to the merged one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor

from lawgiver.align.merge.config import MergeConfig
from lawgiver.align.merge.dare import dare
from lawgiver.align.merge.linear import linear
from lawgiver.align.merge.rules import MethodName
from lawgiver.align.merge.settings import position, value_at
from lawgiver.align.merge.slerp import slerp
from lawgiver.align.merge.task_arithmetic import task_arithmetic
from lawgiver.align.merge.ties import ties


class Values(NamedTuple):
    """The parameters of one tensor, gradients and filters worked out."""

    weights: tuple[float, ...]
    densities: tuple[float, ...]
    t: float
    scale: float
    normalize: bool
    rescale: bool
    seeds: tuple[int, ...]


# from all tensors of one name (the base's first where the method has one) and their parameters
METHODS: dict[MethodName, Callable[[Sequence[Tensor], Values], Tensor]] = {
    "linear": lambda x, v: linear(x, v.weights, normalize=v.normalize),
    "slerp": lambda x, v: slerp(x[0], x[1], v.t),
    "task_arithmetic": lambda x, v: task_arithmetic(x[0], x[1:], v.weights, scale=v.scale, normalize=v.normalize),
    "ties": lambda x, v: ties(x[0], x[1:], v.weights, v.densities, scale=v.scale, normalize=v.normalize),
    "dare_linear": lambda x, v: _dare(x, v, elect=False),
    "dare_ties": lambda x, v: _dare(x, v, elect=True),
}


def values_of(config: MergeConfig, name: str, layers: int, fingerprints: Sequence[str]) -> Values:
    """The parameters that a tensor is merged with.

    Args:
        config: the merge.
        name: of the tensor.
        layers: how many the models have.
        fingerprints: one a model of `config.models`, telling them apart by content. DARE's masks hang on them, the
            tensor's name and the seed, and so neither on folders nor on the order of tensors or models.

    Raises:
        ConfigurationError: if a filter leaves the tensor out.
    """
    place = position(name, layers)
    return Values(
        weights=tuple(value_at(entry.weight, name, place, f"weight of {entry.model}") for entry in config.models),
        densities=tuple(value_at(entry.density, name, place, f"density of {entry.model}") for entry in config.models),
        t=0.0 if config.t is None else value_at(config.t, name, place, "t"),
        scale=config.scale,
        normalize=config.normalizes,
        rescale=config.rescale,
        seeds=tuple(
            _seed(config.seed, name, fingerprint, fingerprints[:index].count(fingerprint))
            for index, fingerprint in enumerate(fingerprints)
        ),
    )


def _seed(seed: int, name: str, fingerprint: str, occurrence: int) -> int:
    digest = hashlib.sha256(f"{seed}\n{name}\n{fingerprint}\n{occurrence}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1  # torch takes 63 bits


def _dare(tensors: Sequence[Tensor], values: Values, *, elect: bool) -> Tensor:
    return dare(
        tensors[0],
        tensors[1:],
        values.weights,
        values.densities,
        values.seeds,
        elect=elect,
        scale=values.scale,
        normalize=values.normalize,
        rescale=values.rescale,
    )
