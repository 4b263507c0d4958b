"""TIES: trim each difference, elect a sign, average what agrees with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lawgiver.align.merge.blocks import blocks, blockwise
from lawgiver.align.merge.config import ZERO


def ties(
    base: Tensor,
    models: Sequence[Tensor],
    weights: Sequence[float],
    densities: Sequence[float],
    *,
    scale: float = 1.0,
    normalize: bool = True,
) -> Tensor:
    """Merge by trimming, electing signs and the disjoint mean (Yadav et al. 2023, arXiv 2306.01708).

    Args:
        base: any shape.
        models: N tensors of that shape.
        weights: N numbers.
        densities: N shares in [0, 1]; of n elements the ⌊density · n⌋ that differ most from the base are kept.
        scale: λ.
        normalize: divide every element by the weights of the models that agreed on it (the disjoint mean).

    Returns:
        fp32, of that shape.
    """
    masks = [largest(base, model, density) for model, density in zip(models, densities, strict=True)]

    def combine(base: Tensor, *rest: Tensor) -> Tensor:
        deltas = [(model - base).mul_(keep) for model, keep in _pairs(rest)]
        return base + elected(deltas, weights, normalize=normalize).mul_(scale)

    return blockwise(combine, base, *models, *masks)


def elected(deltas: Sequence[Tensor], weights: Sequence[float], *, normalize: bool) -> Tensor:
    """Weighted differences, summed over those whose sign is that of the weighted sum of all (0 counts as plus).

    Args:
        deltas: N fp32 tensors of one shape; an exact 0 takes no part.
        weights: N numbers.
        normalize: divide by the weights of those that took part.

    Returns:
        fp32, of that shape.
    """
    weighted = [delta * weight for delta, weight in zip(deltas, weights, strict=True)]
    # products with ±1 and clamping, not `where`, which takes several times as long
    sign = (sum(weighted[1:], start=weighted[0]) >= 0).float().mul_(2).sub_(1)
    total, shares = torch.zeros_like(sign), torch.zeros_like(sign)
    for delta, weight in zip(weighted, weights, strict=True):
        agreeing = delta.mul_(sign).clamp_(min=0)
        total += agreeing
        if normalize:
            shares.add_((agreeing > 0).float(), alpha=weight)
    total.mul_(sign)
    return total.div_(shares.masked_fill_(shares.abs() < ZERO, 1.0)) if normalize else total


def largest(base: Tensor, model: Tensor, density: float) -> Tensor:
    """A mask of the elements that differ most from the base; among equals the earlier ones are taken.

    Args:
        base: any shape, n elements.
        model: the same shape.
        density: in [0, 1].

    Returns:
        Booleans of that shape, exactly ⌊density · n⌋ of them true.
    """
    count = int(density * base.numel())
    if count in (0, base.numel()):
        return torch.full(base.shape, count > 0)
    # selection, not sorting, and in place; torch would keep an index of 8 bytes for every element as well
    ranked_N = blockwise(lambda base, model: (model - base).abs(), base, model).reshape(-1).numpy()
    ranked_N.partition(len(ranked_N) - count)
    below_N, above_N = ranked_N[:-count], ranked_N[-count:]
    threshold = float(above_N[0])
    if not (below_N == threshold).any():
        return _mask(base, model, lambda magnitude: magnitude >= threshold)
    left = int((above_N == threshold).sum())
    del ranked_N, below_N, above_N

    def among_equals(magnitude: Tensor) -> Tensor:
        nonlocal left
        equal = magnitude == threshold
        found = int(equal.count_nonzero())
        if found > left:
            equal &= equal.cumsum(0) <= left
        left -= min(found, left)
        return equal.logical_or_(magnitude > threshold)

    return _mask(base, model, among_equals)


def _mask(base: Tensor, model: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    mask = torch.empty(base.shape, dtype=torch.bool)
    for target, one, other in blocks(mask, base, model):
        target.copy_(function((other.float() - one.float()).abs_()))
    return mask


def _pairs(rest: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
    half = len(rest) // 2
    return list(zip(rest[:half], rest[half:], strict=True))
