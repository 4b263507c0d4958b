"""SafeDPO: preferences reordered by safety, with a margin between safe and unsafe.

It solves another problem than a step with λ: no unsafe answer at all (pointwise), rather than few enough (expected).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn.functional import logsigmoid

from lawgiver.align.losses.pairs import PairLogps, positive


class Reordered(NamedTuple):
    """What safety makes of B pairs; both of shape (B,), boolean."""

    keep_B: torch.Tensor
    """Pairs with a safe answer; two unsafe ones teach nothing."""
    swap_B: torch.Tensor
    """Pairs whose only safe answer is the rejected one; it becomes the preferred one."""


def reorder(chosen_safe_B: torch.Tensor, rejected_safe_B: torch.Tensor) -> Reordered:
    """Which pairs are kept, and which are turned round."""
    chosen_safe_B, rejected_safe_B = chosen_safe_B.bool(), rejected_safe_B.bool()
    return Reordered(chosen_safe_B | rejected_safe_B, rejected_safe_B & ~chosen_safe_B)


def safedpo(
    pairs: PairLogps,
    chosen_safe_B: torch.Tensor,
    rejected_safe_B: torch.Tensor,
    *,
    temperature: float,
    margin: float = 10.0,
) -> torch.Tensor:
    """`−log σ(τ h − (u_l − u_w) Δ)` of the pairs that are kept (SafeDPO, arXiv 2505.20065), shape (M ≤ B,).

    u is 1 for an unsafe answer, w and l the preferred and the other *after* reordering, so the margin Δ stands only
    between a safe and an unsafe answer. Take `mean_of` it: in a batch of unsafe pairs nothing is left.

    Args:
        pairs: log-probabilities in the order of helpfulness.
        chosen_safe_B: whether the preferred answers are safe.
        rejected_safe_B: whether the other answers are safe.
        temperature: τ.
        margin: Δ ≥ 0; how much more than preferred a safe answer has to be.

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    keep_B, swap_B = reorder(chosen_safe_B, rejected_safe_B)
    gap_B = torch.where(swap_B, -pairs.gap_B, pairs.gap_B)
    mixed_B = (chosen_safe_B.bool() != rejected_safe_B.bool()).to(gap_B.dtype)
    return -logsigmoid(positive("temperature", temperature) * gap_B - mixed_B * margin)[keep_B]
