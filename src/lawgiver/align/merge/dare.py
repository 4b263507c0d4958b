"""DARE: drop differences at random and rescale the rest."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lawgiver.align.merge.blocks import blocks, blockwise
from lawgiver.align.merge.linear import normalized, weighted_sum
from lawgiver.align.merge.ties import elected


def dare(
    base: Tensor,
    models: Sequence[Tensor],
    weights: Sequence[float],
    densities: Sequence[float],
    seeds: Sequence[int],
    *,
    elect: bool,
    scale: float = 1.0,
    normalize: bool = False,
    rescale: bool = True,
) -> Tensor:
    """Merge after dropping each difference with probability 1 − density (Yu et al. 2024, arXiv 2311.03099).

    Args:
        base: any shape.
        models: N tensors of that shape.
        weights: N numbers.
        densities: N shares in [0, 1].
        seeds: N seeds, one a model; the same seeds drop the same elements.
        elect: keep only what agrees with the elected sign, as TIES does (`dare_ties`), or all (`dare_linear`).
        scale: λ.
        normalize: divide by the sum of the weights, of those that agreed where signs are elected.
        rescale: divide what is kept by the density, so that the expected difference is the whole one.

    Returns:
        fp32, of that shape.

    Raises:
        ConfigurationError: if the weights sum to 0 and are to be normalised.
    """
    factors = [1 / density if rescale and density > 0 else 1.0 for density in densities]
    shares = list(weights) if elect else normalized(weights, normalize=normalize)
    masks = [kept(base, density, seed) for density, seed in zip(densities, seeds, strict=True)]

    def combine(base: Tensor, *rest: Tensor) -> Tensor:
        half = len(rest) // 2
        deltas = [
            (model - base).mul_(keep).mul_(factor)
            for model, keep, factor in zip(rest[:half], rest[half:], factors, strict=True)
        ]
        change = elected(deltas, shares, normalize=normalize) if elect else weighted_sum(deltas, shares)
        return base + change.mul_(scale)

    return blockwise(combine, base, *models, *masks)


def kept(like: Tensor, density: float, seed: int) -> Tensor:
    """A random mask, each element true with probability `density` in [0, 1]; the same for the same seed (63 bits)."""
    mask = torch.empty(like.shape, dtype=torch.bool)
    generator = torch.Generator().manual_seed(seed)
    for (target,) in blocks(mask):
        target.copy_(torch.rand(target.shape, generator=generator) < density)
    return mask
