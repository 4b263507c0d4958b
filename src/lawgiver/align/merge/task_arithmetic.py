"""Differences from a base, weighted and added to it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from lawgiver.align.merge.blocks import blockwise
from lawgiver.align.merge.linear import normalized, weighted_sum


def task_arithmetic(
    base: Tensor, models: Sequence[Tensor], weights: Sequence[float], *, scale: float = 1.0, normalize: bool = False
) -> Tensor:
    """The base and λ times the rest: base + λ Σ w (model − base) (Ilharco et al. 2023, arXiv 2212.04089).

    Args:
        base: any shape.
        models: N tensors of that shape.
        weights: N numbers, of any sign.
        scale: λ.
        normalize: divide the weights by their sum.

    Returns:
        fp32, of that shape.

    Raises:
        ConfigurationError: if the weights sum to 0 and are to be normalised.
    """
    shares = normalized(weights, normalize=normalize)

    def combine(base: Tensor, *models: Tensor) -> Tensor:
        return base + weighted_sum([model - base for model in models], shares).mul_(scale)

    return blockwise(combine, base, *models)
