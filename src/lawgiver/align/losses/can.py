"""One-shot constrained alignment: DPO on pairs labelled by reward and constraints at once."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from lawgiver.align.losses.pairs import PairLogps, positive


def can(pairs: PairLogps, probability_B: torch.Tensor, *, temperature: float) -> torch.Tensor:
    """`−p log σ(τ h) − (1 − p) log σ(−τ h)` of each pair (CAN, arXiv 2405.19544), shape (B,).

    The expectation of DPO over labels drawn with probability p; it is least where τ h is the log-odds of p, which are
    `Δr − Σ λ_i Δc_i`. A drawn label is a p of 0 or 1.

    Args:
        pairs: log-probabilities; `chosen` is whichever answer was called first.
        probability_B: of `lawgiver.align.constraint.preference_probability`, 0..1.
        temperature: τ = β, the problem's own: λ is in the labels.

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    logit_B = positive("temperature", temperature) * pairs.gap_B
    return -probability_B * logsigmoid(logit_B) - (1 - probability_B) * logsigmoid(-logit_B)
