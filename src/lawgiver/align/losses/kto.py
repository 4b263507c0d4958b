"""Kahneman-Tversky optimisation: single answers, each labelled desirable or not."""

from __future__ import annotations

import torch

from lawgiver.align.losses.pairs import positive


def batch_divergence(policy_B: torch.Tensor, reference_B: torch.Tensor) -> torch.Tensor:
    """The batch's estimate of KL(π ‖ π_ref), a scalar ≥ 0 without gradient (KTO, arXiv 2402.01306).

    Args:
        policy_B: log-probabilities of *mismatched* answers (each prompt with another prompt's answer) by the policy.
        reference_B: the same by the reference.
    """
    return (policy_B - reference_B).mean().clamp(min=0).detach()


def kto(
    policy_B: torch.Tensor,
    reference_B: torch.Tensor,
    desirable_B: torch.Tensor,
    divergence: torch.Tensor | float,
    *,
    temperature: float,
    desirable_weight: float = 1.0,
    undesirable_weight: float = 1.0,
) -> torch.Tensor:
    """Loss of each answer (KTO, arXiv 2402.01306, eq. 7), shape (B,), in 0..its weight.

        desirable:    w₊ (1 − σ(τ (log π/π_ref − KL)))
        undesirable:  w₋ (1 − σ(τ (KL − log π/π_ref)))

    Args:
        policy_B: log-probabilities of the answers by the policy.
        reference_B: the same by the reference.
        desirable_B: which are desirable; for safety, which are safe.
        divergence: of `batch_divergence`.
        temperature: τ = β, or β/λ in a constraint's step.
        desirable_weight: w₊.
        undesirable_weight: w₋; n₊/n₋ balances the classes.

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    desirable_B = desirable_B.bool()
    sign_B = desirable_B.to(policy_B.dtype) * 2 - 1
    weight_B = torch.where(desirable_B, policy_B.new_tensor(desirable_weight), policy_B.new_tensor(undesirable_weight))
    distance_B = policy_B - reference_B - divergence
    # 1 − σ(x) = σ(−x), which keeps its digits where σ(x) rounds to 1
    return weight_B * torch.sigmoid(-positive("temperature", temperature) * sign_B * distance_B)
