"""The weighted mean of weights."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from lawgiver.align.merge.blocks import blockwise
from lawgiver.align.merge.config import ZERO
from lawgiver.outcome import ConfigurationError


def normalized(weights: Sequence[float], *, normalize: bool) -> list[float]:
    """Weights divided by their sum, or as they are.

    Raises:
        ConfigurationError: if they sum to 0 and are to be normalised.
    """
    total = sum(weights)
    if normalize and abs(total) < ZERO:
        raise ConfigurationError("weights that sum to 0 cannot be normalised; change them, or set normalize to false")
    return [weight / total for weight in weights] if normalize else list(weights)


def linear(models: Sequence[Tensor], weights: Sequence[float], *, normalize: bool = True) -> Tensor:
    """Σ w x of N tensors (model soups: Wortsman et al. 2022, arXiv 2203.05482).

    Args:
        models: N tensors of one shape.
        weights: N numbers, of any sign.
        normalize: divide the weights by their sum.

    Returns:
        fp32, of that shape.

    Raises:
        ConfigurationError: if the weights sum to 0 and are to be normalised.
    """
    return blockwise(lambda *parts: weighted_sum(parts, normalized(weights, normalize=normalize)), *models)


def weighted_sum(parts: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Σ w x of N fp32 tensors of one shape, in a tensor of its own."""
    total = parts[0] * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total.add_(part, alpha=weight)
    return total
