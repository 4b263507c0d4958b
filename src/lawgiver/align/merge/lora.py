"""LoRA adapters as low-rank differences, from PEFT's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lawgiver.align.merge.tensors import read_json
from lawgiver.outcome import ConfigurationError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX, DOWN, UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
PLAIN: dict[str, tuple[object, ...]] = {
    "use_dora": (False, None),
    "use_qalora": (False, None),
    "fan_in_fan_out": (False, None),
    "bias": ("none", None),
    "lora_bias": (False, None),
    "modules_to_save": (None, []),
    "alpha_pattern": (None, {}),
}
"""Settings that would make an adapter more than scale · B A, and the values that do not."""


class Pair(NamedTuple):
    """A difference of rank R between I inputs and O outputs: scale · up @ down."""

    down_RI: Tensor
    up_OR: Tensor
    scale: float

    def delta(self) -> Tensor:
        """The difference itself, fp32, of shape (O, I)."""
        return (self.up_OR @ self.down_RI).mul_(self.scale)


@dataclass(frozen=True)
class Adapter:
    """One LoRA folder."""

    folder: Path
    config: Mapping[str, Any]
    pairs: Mapping[str, Pair] = field(repr=False)
    """By the name of the weight that each changes."""

    @property
    def files(self) -> list[Path]:
        """The weight file and its settings."""
        return [self.folder / WEIGHTS, self.folder / CONFIG]


def open_adapter(folder: Path) -> Adapter:
    """Read an adapter whole; it is small.

    Raises:
        ConfigurationError: if it is damaged, or something else than plain LoRA on linear layers.
    """
    config = read_json(folder / CONFIG)
    if config.get("peft_type") != "LORA":
        raise ConfigurationError(f"{folder / CONFIG}: peft_type is {config.get('peft_type')!r}; only LORA is merged")
    for key, values in PLAIN.items():
        if config.get(key) not in values:
            raise ConfigurationError(f"{folder / CONFIG}: {key} is {config[key]!r}; only plain LoRA is merged")
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ConfigurationError(f"{folder / WEIGHTS}: cannot be read: {error}") from None
    pairs: dict[str, Pair] = {}
    for name in tensors:
        if not name.startswith(PREFIX) or not name.endswith((DOWN, UP)):
            raise ConfigurationError(f"{folder / WEIGHTS}: tensor {name}: only LoRA on linear layers is merged")
        module = name.removesuffix(DOWN).removesuffix(UP)
        down, up = tensors.get(module + DOWN), tensors.get(module + UP)
        if down is None or up is None or down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
            raise ConfigurationError(f"{folder / WEIGHTS}: {module}: lora_A and lora_B are not a pair of matrices")
        weight = f"{module.removeprefix(PREFIX)}.weight"
        pairs[weight] = Pair(down.float(), up.float(), _scale(folder, config, down.shape[0]))
    return Adapter(folder, config, pairs)


def _scale(folder: Path, config: Mapping[str, Any], rank: int) -> float:
    alpha = config.get("lora_alpha")
    if not isinstance(alpha, (int, float)) or rank < 1:
        raise ConfigurationError(f"{folder / CONFIG}: lora_alpha is {alpha!r} at rank {rank}; numbers are wanted")
    return float(alpha / rank**0.5 if config.get("use_rslora") else alpha / rank)
