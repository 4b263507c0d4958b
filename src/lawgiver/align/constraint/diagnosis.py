"""What a solved dual means, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROUNDING = 1e-9
"""A slack up to this share of the largest margin is none."""


class Diagnosis(StrEnum):
    """The five things that can come of it."""

    ALREADY_MET = "already_met"
    """λ = 0: the policy without constraints keeps every budget."""
    SOLVED = "solved"
    """λ > 0 was found, on weights even enough to believe it."""
    THIN = "thin"
    """λ > 0 was found, but so few samples carry the weight that it is a hint, not a measurement."""
    CAPPED = "capped"
    """Some policy would do, but the λ it needs is past the cap."""
    INFEASIBLE = "infeasible"
    """No choice among the reference's own answers keeps every budget."""

    @property
    def usable(self) -> bool:
        """Whether a training may start from the λ that was found."""
        return self in (Diagnosis.ALREADY_MET, Diagnosis.SOLVED, Diagnosis.THIN)


def diagnose(lambda_C: Array, slack: float, reach: float, share: float, *, cap: float, warn_below: float) -> Diagnosis:
    """Name the case.

    Args:
        lambda_C: the minimiser of the dual in [0, cap]^C.
        slack: of `best_slack`, in units of cost.
        reach: the largest margin of any sample, in units of cost.
        share: effective sample size as a share of the samples, 0..1.
        cap: the largest λ that was allowed.
        warn_below: the share below which the weights are too uneven.
    """
    if slack <= ROUNDING * reach and lambda_C.any():
        return Diagnosis.INFEASIBLE
    if (lambda_C >= cap * (1 - ROUNDING)).any():
        return Diagnosis.CAPPED
    if not lambda_C.any():
        return Diagnosis.ALREADY_MET
    return Diagnosis.THIN if share < warn_below else Diagnosis.SOLVED


def explain(
    diagnosis: Diagnosis, names: Sequence[str], lambda_C: Array, slack: float, share: float, *, cap: float
) -> str:
    """One or two sentences: what was found and what to do."""
    active = ", ".join(f"{name} λ = {value:.3g}" for name, value in zip(names, lambda_C, strict=True) if value > 0)
    match diagnosis:
        case Diagnosis.ALREADY_MET:
            return "Already met: the policy without constraints keeps every budget, so λ = 0 and no step is needed."
        case Diagnosis.SOLVED:
            return f"Solved: {active}; {share:.0%} of the samples carry the weight."
        case Diagnosis.THIN:
            return (
                f"Solved on thin support: {active}, but only {share:.0%} of the samples carry the weight. Take it as a "
                "first guess to be measured; more samples a prompt, or samples of the stage-1 model, would firm it up."
            )
        case Diagnosis.CAPPED:
            return (
                f"Past the cap: the budgets could be kept (by {slack:.3g}), but not with λ ≤ {cap:g}. Raise the cap if "
                "the scores are in small units, else loosen the threshold or raise β."
            )
    if slack > -ROUNDING:
        return (
            "No room: even the safest sampled answer to every prompt only just keeps the budgets, which takes λ = ∞. "
            "Loosen a threshold."
        )
    return (
        f"No policy near this reference meets the constraint: even the safest sampled answer to every prompt breaks a "
        f"budget by {-slack:.3g}. Loosen the threshold, or first teach the reference safe answers (SFT)."
    )
