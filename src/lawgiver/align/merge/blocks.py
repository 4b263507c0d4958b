"""Element by element over large tensors, a block at a time: the scratch stays small and in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BLOCK = 1 << 18
"""Elements: 1 MiB in fp32, so that a handful of them fits a cache."""


def blocks(*tensors: Tensor) -> list[tuple[Tensor, ...]]:
    """Cut tensors of one shape into flat blocks that are views, in order."""
    flat = [tensor.reshape(-1) for tensor in tensors]
    return [tuple(row[start : start + BLOCK] for row in flat) for start in range(0, flat[0].numel(), BLOCK)]


def blockwise(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """Apply a function of elements to tensors of one shape.

    Args:
        function: gets a flat block of every tensor, floating ones in fp32, and returns one in fp32.
        tensors: floating or boolean, of one shape.

    Returns:
        A new fp32 tensor of that shape.
    """
    out = torch.empty(tensors[0].shape, dtype=torch.float32)
    for target, *parts in blocks(out, *tensors):
        target.copy_(function(*(part.float() if part.is_floating_point() else part for part in parts)))
    return out
