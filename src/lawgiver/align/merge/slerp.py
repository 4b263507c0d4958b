"""Spherical interpolation: along the arc between two tensors, seen as vectors."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lawgiver.align.merge.blocks import blocks
from lawgiver.align.merge.linear import linear

COLINEAR = 0.9995
"""Cosines beyond this, of either sign, are interpolated linearly, as in mergekit: the sine in the divisor is small."""


def slerp(base: Tensor, other: Tensor, t: float) -> Tensor:
    """(sin((1−t)θ) base + sin(tθ) other) / sin θ, with θ the angle between the two (Shoemake 1985).

    Lengths are interpolated with the directions. Tensors that point nearly the same or the opposite way, and a tensor
    of zeros, are interpolated linearly.

    Args:
        base: any shape, at t = 0.
        other: the same shape, at t = 1.
        t: in [0, 1].

    Returns:
        fp32, of that shape.
    """
    cosine = _cosine(base, other)
    if cosine is None or abs(cosine) > COLINEAR:
        return linear([base, other], [1 - t, t], normalize=False)
    angle = math.acos(cosine)
    sine = math.sin(angle)
    shares = [math.sin((1 - t) * angle) / sine, math.sin(t * angle) / sine]
    return linear([base, other], shares, normalize=False)


def _cosine(first: Tensor, second: Tensor) -> float | None:
    """Summed in fp64 over blocks; None if one of the two is zero."""
    dot = first_square = second_square = 0.0
    for one, two in blocks(first, second):
        a, b = one.to(torch.float32), two.to(torch.float32)
        dot += float(torch.dot(a, b))
        first_square += float(torch.dot(a, a))
        second_square += float(torch.dot(b, b))
    lengths = math.sqrt(first_square) * math.sqrt(second_square)
    return dot / lengths if lengths > 0 else None
