"""The dual of constrained alignment: one convex function of λ, computed from scores without any training.

    D(λ) = β E_x log E_{y~π} exp((r(x,y) + Σ_i λ_i m_i(x,y)) / β),      m = threshold − cost

Its minimiser over λ ≥ 0 is the multiplier of the optimal policy (MoCAN, arXiv 2405.19544), its gradient the
expected margin under the policy of that λ, its Hessian their covariance over β. With samples the inner expectation is
a mean of K, so the answer is only as good as the weights are even; `solution` says how even they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from lawgiver.align.constraint.scores import Scores
from lawgiver.outcome import ConfigurationError

Array = npt.NDArray[np.float64]

POLISHING_STEPS = 50
TOLERANCE = 1e-12
"""Projected gradient, as a share of the largest margin, at which polishing stops."""


class DualPoint(NamedTuple):
    """The dual at one λ. P prompts, K samples, C constraints."""

    value: float
    """D(λ), in units of reward."""
    gradient_C: Array
    """Expected margins under the policy of this λ; negative where a constraint is broken."""
    hessian_CC: Array
    """Covariance of the margins within prompts over β; positive semi-definite."""
    weights_PK: Array
    """The policy of this λ on the samples; each row sums to 1."""
    gradients_PC: Array
    """Expected margins prompt by prompt, whose spread gives λ its error."""


def dual(scores: Scores, lambda_C: npt.ArrayLike, beta: float, weights_P: Array | None = None) -> DualPoint:
    """Value, gradient and Hessian of the dual.

    Args:
        scores: samples of the reference, or without rewards of the model of stage 1.
        lambda_C: one multiplier a constraint, ≥ 0.
        beta: the KL temperature of the problem, > 0.
        weights_P: weights of the prompts, summing to 1; equal if left out.
    """
    weights_P = np.full(len(scores.rewards_PK), 1 / len(scores.rewards_PK)) if weights_P is None else weights_P
    margins_PKC = scores.margins_PKC
    log_PK = scores.log_prior_PK + (scores.rewards_PK + margins_PKC @ np.asarray(lambda_C, dtype=np.float64)) / beta
    log_z_P = logsumexp(log_PK, axis=1)
    tilted_PK = np.exp(log_PK - log_z_P[:, None])
    gradients_PC = np.einsum("pk,pkc->pc", tilted_PK, margins_PKC)
    centred_PKC = margins_PKC - gradients_PC[:, None]
    hessian_CC = np.einsum("p,pk,pkc,pkd->cd", weights_P, tilted_PK, centred_PKC, centred_PKC, optimize=True) / beta
    return DualPoint(float(beta * weights_P @ log_z_P), weights_P @ gradients_PC, hessian_CC, tilted_PK, gradients_PC)


def minimise(
    scores: Scores, beta: float, *, cap: float, weights_P: Array | None = None, start_C: Array | None = None
) -> Array:
    """The λ in [0, cap]^C that minimises the dual.

    L-BFGS-B finds the region and which multipliers are 0; Newton steps on the others take the gradient to rounding.

    Raises:
        ConfigurationError: if β or the cap is not a positive number.
    """
    for name, number in (("beta", beta), ("cap", cap)):
        if not (np.isfinite(number) and number > 0):
            raise ConfigurationError(f"{name}={number!r}: give a positive number")
    reach_C = np.abs(scores.margins_PKC).max(axis=(0, 1))
    # in units of β over the largest margin all multipliers are of order one, whatever the costs are measured in
    unit_C = beta / np.where(reach_C > 0, reach_C, 1.0)

    def objective(scaled_C: Array) -> tuple[float, Array]:
        point = dual(scores, scaled_C * unit_C, beta, weights_P)
        return point.value / beta, point.gradient_C * unit_C / beta

    begin_C = np.ones(len(unit_C)) if start_C is None else start_C / unit_C
    found = minimize(
        objective,
        np.clip(begin_C, 0, cap / unit_C),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, cap / unit) for unit in unit_C],
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500},
    )
    return _polish(scores, np.clip(found.x * unit_C, 0, cap), beta, cap, weights_P)


def _polish(scores: Scores, lambda_C: Array, beta: float, cap: float, weights_P: Array | None) -> Array:
    scale = max(float(np.abs(scores.margins_PKC).max()), np.finfo(float).tiny)
    point = dual(scores, lambda_C, beta, weights_P)
    for _ in range(POLISHING_STEPS):
        free_C = free(lambda_C, point.gradient_C, cap)
        residual = residual_of(lambda_C, point.gradient_C, cap)
        if residual <= TOLERANCE * scale:
            break
        step_C = np.zeros_like(lambda_C)
        hessian = point.hessian_CC[np.ix_(free_C, free_C)]
        step_C[free_C] = np.linalg.lstsq(hessian, -point.gradient_C[free_C], rcond=1e-12)[0]
        for damping in (1.0, 0.25, 0.0625):
            candidate_C = np.clip(lambda_C + damping * step_C, 0, cap)
            candidate = dual(scores, candidate_C, beta, weights_P)
            if residual_of(candidate_C, candidate.gradient_C, cap) < residual:
                break
        else:
            break  # as exact as the arithmetic is
        lambda_C, point = candidate_C, candidate
    return lambda_C


def free(lambda_C: Array, gradient_C: Array, cap: float) -> npt.NDArray[np.bool_]:
    """Which multipliers may still move: not those that the gradient presses against 0 or the cap."""
    held_C = ((lambda_C <= 0) & (gradient_C >= 0)) | ((lambda_C >= cap) & (gradient_C <= 0))
    return ~held_C


def residual_of(lambda_C: Array, gradient_C: Array, cap: float) -> float:
    """The largest gradient among the multipliers that may move; 0 at the minimum."""
    return float(np.abs(np.where(free(lambda_C, gradient_C, cap), gradient_C, 0.0)).max())
