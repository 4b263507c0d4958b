"""Direct preference optimisation."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from lawgiver.align.losses.pairs import PairLogps, positive


def dpo(pairs: PairLogps, *, temperature: float) -> torch.Tensor:
    """`−log σ(τ h)` of each pair (DPO, arXiv 2305.18290, eq. 7), shape (B,).

    Args:
        pairs: log-probabilities; `h` is `pairs.gap_B`.
        temperature: τ = β for a first step; β/λ for the step of a constraint with multiplier λ, where the preferred
            answer is the safer one and the reference the policy before (SACPO, arXiv 2404.11049, sect. 4). Smaller is
            a stronger pull.

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    return -logsigmoid(positive("temperature", temperature) * pairs.gap_B)
