"""Bi-factorial preference optimisation: a target for the gap that depends on which answers are safe."""

from __future__ import annotations

import torch

from lawgiver.align.losses.pairs import PairLogps, positive
from lawgiver.outcome import ConfigurationError


def bfpo_targets(
    chosen_safe_B: torch.Tensor, rejected_safe_B: torch.Tensor, *, strength: float = 3.0, shift: float = 0.5
) -> torch.Tensor:
    """Targets of τ h, shape (B,): `(s I_w − I_l) / (s − 1) − α`, I being 1 for a safe answer.

    With s = 3 and α = ½: 1 for safe over unsafe, ½ for two safe answers, −½ for two unsafe ones (the *less* helpful one
    is then preferred), −1 where only the rejected answer is safe.

    Args:
        chosen_safe_B: whether the more helpful answers are safe.
        rejected_safe_B: whether the less helpful ones are.
        strength: s > 1.
        shift: α.

    Raises:
        ConfigurationError: if the strength is not above 1.
    """
    if not strength > 1:
        raise ConfigurationError(f"strength={strength!r}: give a number above 1, usually 3")
    return (strength * chosen_safe_B.float() - rejected_safe_B.float()) / (strength - 1) - shift


def bfpo(
    pairs: PairLogps,
    chosen_safe_B: torch.Tensor,
    rejected_safe_B: torch.Tensor,
    *,
    temperature: float,
    strength: float = 3.0,
    shift: float = 0.5,
    chosen_tokens_B: torch.Tensor | None = None,
    rejected_tokens_B: torch.Tensor | None = None,
) -> torch.Tensor:
    """`(h − target/τ)²` of each pair (BFPO, arXiv 2408.15313), shape (B,); pairs are ranked by helpfulness.

    Args:
        pairs: log-probabilities.
        chosen_safe_B: whether the more helpful answers are safe.
        rejected_safe_B: whether the less helpful ones are.
        temperature: τ.
        strength: s, as for `bfpo_targets`.
        shift: α.
        chosen_tokens_B: lengths of the more helpful answers in tokens. With both lengths h is the gap per token, as in
            `ipo`: a square of sums grows with the length. Stages train on this one.
        rejected_tokens_B: lengths of the other answers.

    Raises:
        ConfigurationError: if the temperature is not positive, or the strength not above 1.
    """
    target_B = bfpo_targets(chosen_safe_B, rejected_safe_B, strength=strength, shift=shift)
    chosen_B = pairs.chosen_B - pairs.reference_chosen_B
    rejected_B = pairs.rejected_B - pairs.reference_rejected_B
    if chosen_tokens_B is not None and rejected_tokens_B is not None:
        chosen_B, rejected_B = chosen_B / chosen_tokens_B.clamp(min=1), rejected_B / rejected_tokens_B.clamp(min=1)
    return (chosen_B - rejected_B - target_B.to(chosen_B.dtype) / positive("temperature", temperature)) ** 2
