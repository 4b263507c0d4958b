"""What every loss of preference pairs is a function of: four log-probabilities a pair."""

from __future__ import annotations

from typing import NamedTuple

import torch

from lawgiver.outcome import ConfigurationError


class PairLogps(NamedTuple):
    """Log-probabilities of whole answers, summed over their tokens, in nats. B pairs; all four have shape (B,)."""

    chosen_B: torch.Tensor
    """Of the preferred answer, by the policy in training; carries the gradient."""
    rejected_B: torch.Tensor
    """Of the other answer, by the policy in training; carries the gradient."""
    reference_chosen_B: torch.Tensor
    """Of the preferred answer, by the reference: in step 2 the policy of step 1."""
    reference_rejected_B: torch.Tensor
    """Of the other answer, by the reference."""

    @property
    def gap_B(self) -> torch.Tensor:
        """How far training has moved towards the preferred answer: log π/π_ref (chosen) − log π/π_ref (rejected).

        The losses call it h. Times β it is the difference of implicit rewards (DPO, arXiv 2305.18290, eq. 5).
        """
        return (self.chosen_B - self.reference_chosen_B) - (self.rejected_B - self.reference_rejected_B)


def positive(name: str, value: float) -> float:
    """Return a setting that has to be positive.

    Raises:
        ConfigurationError: if it is not.
    """
    if not value > 0:
        raise ConfigurationError(f"{name}={value!r}: give a positive number")
    return value


def mean_of(losses: torch.Tensor) -> torch.Tensor:
    """Mean of the losses of those rows that count; a 0 with a gradient of 0 if none does, so that a step can go on."""
    return losses.sum() / max(len(losses), 1)
