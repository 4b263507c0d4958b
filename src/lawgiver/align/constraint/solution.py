"""Find λ from scores, and say what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lawgiver.align.constraint.diagnosis import Diagnosis, diagnose, explain
from lawgiver.align.constraint.dual import dual, minimise
from lawgiver.align.constraint.scores import Scores
from lawgiver.align.constraint.slater import best_slack
from lawgiver.align.constraint.uncertainty import sandwich

Array = npt.NDArray[np.float64]


class DualSettings(BaseModel):
    """How the dual is solved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    beta: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    """The KL temperature of the problem; a step of multiplier λ trains at β/λ."""
    cap: float = Field(default=100.0, gt=0, allow_inf_nan=False)
    """The largest λ looked at, in units of reward per unit of cost."""
    warn_below: float = Field(default=0.25, ge=0, le=1)
    """The effective sample size, as a share of the samples, below which λ is called a hint."""


@dataclass(frozen=True, slots=True)
class DualSolution:
    """λ and what the samples say of its policy; C constraints, P prompts. Higher cost is worse."""

    names: tuple[str, ...]
    """Of the constraints."""
    thresholds_C: Array
    """Their budgets."""
    lambda_C: Array
    """The multipliers, ≥ 0."""
    error_C: Array
    """Their standard errors over prompts; NaN where a multiplier stands at 0 or at the cap."""
    diagnosis: Diagnosis
    """Which case it is."""
    message: str
    """The same for people."""
    beta: float
    """The temperature the problem was posed with."""
    cost_before_C: Array
    """Mean costs at λ = 0, over the answers each applies to."""
    cost_C: Array
    """Predicted mean costs at λ; a prediction from reweighted samples, to be measured."""
    reward: float
    """Predicted mean reward at λ; 0 if the samples were without rewards."""
    divergence: float
    """Predicted KL from the policy that was sampled, in nats; it cannot exceed log K."""
    slope_C: Array
    """Predicted change of each mean cost per unit of log λ, ≤ 0: where a search may step first."""
    effective_P: Array
    """Effective sample size of each prompt, 1..K."""
    share: float
    """Their sum over the number of samples, 0..1."""
    slack: float
    """How far all budgets could be kept at once, in units of cost; negative if they cannot."""
    prompts: int
    """Used."""
    failed: int
    """Samples left out because a score failed."""
    dropped_prompts: int
    """Prompts left out for lack of samples."""

    @property
    def temperatures_C(self) -> Array:
        """β/λ of each step, ∞ where none is needed."""
        with np.errstate(divide="ignore"):
            temperatures: Array = self.beta / self.lambda_C
        return temperatures

    def to_json(self) -> dict[str, Any]:
        """For a run directory; what is not a number is null."""
        constraints = {
            name: {
                "lambda": _number(self.lambda_C[c]),
                "standard_error": _number(self.error_C[c]),
                "temperature": _number(self.temperatures_C[c]),
                "threshold": _number(self.thresholds_C[c]),
                "cost_before": _number(self.cost_before_C[c]),
                "predicted_cost": _number(self.cost_C[c]),
                "slope": _number(self.slope_C[c]),
            }
            for c, name in enumerate(self.names)
        }
        return {
            "convention": "higher cost is worse; met when mean cost <= threshold",
            "diagnosis": str(self.diagnosis),
            "message": self.message,
            "beta": self.beta,
            "constraints": constraints,
            "predicted_reward": self.reward,
            "predicted_kl": self.divergence,
            "effective_share": self.share,
            "least_effective": float(self.effective_P.min()),
            "slack": self.slack,
            "prompts": self.prompts,
            "failed_samples": self.failed,
            "dropped_prompts": self.dropped_prompts,
        }


def solve_dual(scores: Scores, settings: DualSettings | None = None) -> DualSolution:
    """Find the multipliers of every constraint at once.

    Never raises for a budget that cannot be kept: the diagnosis says so, and `usable` is then false.
    """
    settings = DualSettings() if settings is None else settings
    beta, cap = settings.beta, settings.cap
    lambda_C = minimise(scores, beta, cap=cap)
    point = dual(scores, lambda_C, beta)
    before = dual(scores, np.zeros_like(lambda_C), beta)
    effective_P = 1 / (point.weights_PK**2).sum(axis=1)
    # of equal samples the even weights give every one; of a table's, those of the table itself
    even_P = 1 / (np.exp(scores.log_prior_PK) ** 2).sum(axis=1)
    share = min(1.0, float(effective_P.sum() / even_P.sum()))
    slack = best_slack(scores)
    reach = float(np.abs(scores.margins_PKC).max())
    diagnosis = diagnose(lambda_C, slack, reach, share, cap=cap, warn_below=settings.warn_below)
    applied_C = np.einsum("pk,pkc->c", point.weights_PK, scores.applies_PKC) / len(effective_P)
    return DualSolution(
        names=scores.names,
        thresholds_C=scores.thresholds_C,
        lambda_C=lambda_C,
        error_C=sandwich(point, lambda_C, cap),
        diagnosis=diagnosis,
        message=explain(diagnosis, scores.names, lambda_C, slack, share, cap=cap),
        beta=beta,
        cost_before_C=mean_costs(scores, before.weights_PK),
        cost_C=mean_costs(scores, point.weights_PK),
        reward=float((point.weights_PK * scores.rewards_PK).sum(axis=1).mean()),
        divergence=_divergence(point.weights_PK, scores.log_prior_PK),
        slope_C=-lambda_C * np.diag(point.hessian_CC) / np.maximum(applied_C, np.finfo(float).tiny),
        effective_P=effective_P,
        share=share,
        slack=slack,
        prompts=len(effective_P),
        failed=scores.failed,
        dropped_prompts=scores.dropped_prompts,
    )


def mean_costs(scores: Scores, weights_PK: Array) -> Array:
    """Mean of each cost over the answers it applies to, under a policy on the samples; shape (C,)."""
    applied_C = np.einsum("pk,pkc->c", weights_PK, scores.applies_PKC)
    total_C = np.einsum("pk,pkc->c", weights_PK, scores.costs_PKC)
    mean_C: Array = np.divide(total_C, applied_C, out=np.full_like(total_C, np.nan), where=applied_C > 0)
    return mean_C


def _divergence(weights_PK: Array, log_prior_PK: Array) -> float:
    used = weights_PK > 0
    log_ratio = np.log(np.where(used, weights_PK, 1.0)) - np.where(used, log_prior_PK, 0.0)
    return float((weights_PK * log_ratio).sum(axis=1).mean())


def _number(value: np.floating[Any] | float) -> float | None:
    return float(value) if np.isfinite(value) else None
