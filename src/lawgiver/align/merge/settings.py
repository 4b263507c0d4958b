"""Parameters that may differ from layer to layer and from tensor to tensor."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from lawgiver.outcome import ConfigurationError

Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; `true` and "1" are none."""
Gradient: TypeAlias = Annotated[tuple[Number, ...], Field(min_length=1, max_length=1024)]
"""Values spread evenly from the first layer to the last; a layer between two of them takes a mixture."""


class Filtered(BaseModel):
    """A value for some tensors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filter: str | None = Field(default=None, min_length=1)
    """A part of the tensor's name, e.g. `self_attn`; None for every tensor."""
    value: Number | Gradient


Filters: TypeAlias = Annotated[tuple[Filtered, ...], Field(min_length=1, max_length=1024)]
Setting: TypeAlias = Number | Gradient | Filters
"""A number, a gradient over the layers, or a list of filters of which the first that fits decides."""

_LAYER = re.compile(r"(?:^|\.)(\d+)(?:\.|$)")


def layer_of(name: str) -> int | None:
    """The layer that a tensor's name says it belongs to, counted from 0; None outside the layers."""
    found = _LAYER.search(name)
    return int(found[1]) if found else None


def position(name: str, layers: int) -> float:
    """Where in the model a tensor lies: 0 in the first of its layers, 1 in the last.

    Outside the layers (embeddings, last norm, head) it is 0, as in mergekit 0.1.5.
    """
    layer = layer_of(name)
    return 0.0 if layer is None or layers < 2 else layer / (layers - 1)


def value_at(setting: Setting, name: str, place: float, key: str) -> float:
    """The value that a setting gives one tensor.

    Args:
        setting: what was asked for.
        name: of the tensor.
        place: its `position`, in [0, 1].
        key: what to call the setting in an error.

    Raises:
        ConfigurationError: if no filter fits the tensor.
    """
    if isinstance(setting, (int, float)):
        return float(setting)
    if isinstance(setting[0], Filtered):
        for entry in setting:
            assert isinstance(entry, Filtered)
            if entry.filter is None or entry.filter == "*" or entry.filter in name:
                return value_at(entry.value, name, place, key)
        raise ConfigurationError(f"{key}: no filter fits tensor {name}; end the list with an entry that has only value")
    return _interpolate([float(number) for number in setting if not isinstance(number, Filtered)], place)


def all_values(setting: Setting) -> list[float]:
    """Every number that stands in a setting, for checks of range: mixtures lie between them."""
    if isinstance(setting, (int, float)):
        return [float(setting)]
    return [
        number
        for entry in setting
        for number in (all_values(entry.value) if isinstance(entry, Filtered) else [float(entry)])
    ]


def _interpolate(numbers: list[float], place: float) -> float:
    if len(numbers) == 1:
        return numbers[0]
    exact = place * (len(numbers) - 1)
    before = min(int(exact), len(numbers) - 2)
    share = exact - before
    return (1 - share) * numbers[before] + share * numbers[before + 1]
