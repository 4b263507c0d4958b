"""Identity preference optimisation: a target for the gap in place of a pull without end."""

from __future__ import annotations

import torch

from lawgiver.align.losses.pairs import PairLogps, positive


def ipo(
    pairs: PairLogps,
    *,
    temperature: float,
    chosen_tokens_B: torch.Tensor | None = None,
    rejected_tokens_B: torch.Tensor | None = None,
) -> torch.Tensor:
    """`(h − 1/(2τ))²` of each pair (IPO, arXiv 2310.12036, eq. 17), shape (B,).

    Args:
        pairs: log-probabilities.
        temperature: τ; smaller asks for a larger gap.
        chosen_tokens_B: lengths of the preferred answers in tokens. With both lengths the log-ratios are those per
            token, which keeps a square from growing with the length, and is what TRL computes.
        rejected_tokens_B: lengths of the other answers.

    Raises:
        ConfigurationError: if the temperature is not positive.
    """
    chosen_B = pairs.chosen_B - pairs.reference_chosen_B
    rejected_B = pairs.rejected_B - pairs.reference_rejected_B
    if chosen_tokens_B is not None and rejected_tokens_B is not None:
        chosen_B, rejected_B = chosen_B / chosen_tokens_B.clamp(min=1), rejected_B / rejected_tokens_B.clamp(min=1)
    return (chosen_B - rejected_B - 1 / (2 * positive("temperature", temperature))) ** 2
