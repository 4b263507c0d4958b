"""The objective and its exact gradient with respect to the log-probabilities of whole answers.

Shapes: N prompts, H histories, A own actions. Every prompt shows one history; a history's policy is the mean over its
prompts, for any of them may come up. What is not one of the A answers is illegal: `p_illegal = 1 − Σ_a p(a)`.

    J(p) = V(p) − Σ_i λ_i E[cost_i − limit_i] − β KL(p ‖ p_ref)

with V the problem's value: at γ = 0 that is `Σ_h w_h (Σ_a p(a|h) E[R] + p_illegal R_illegal)`, above it the discounted
value of the Markov chain of two memory-k players. KL is taken over the A answers and illegality, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem

Indices = NDArray[np.int64]
TINY = 1e-300


def log_illegal(logp_NA: Floats) -> Floats:
    """`log(1 − Σ_a p(a))`, shape (N,); rounding that lets the answers sum to 1 or more gives the log of 1e-300."""
    legal_N = np.exp(logp_NA).sum(axis=1)
    return np.log(np.maximum(1.0 - legal_N, TINY))


def pooled(p_NA: Floats, history_N: Indices, histories: int) -> Floats:
    """The policy of each history, averaged over its prompts, `(H, A)`; 0 (all illegal) where none shows it."""
    count_H = np.bincount(history_N, minlength=histories)
    p_HA = np.zeros((histories, p_NA.shape[1]))
    np.add.at(p_HA, history_N, p_NA)
    return p_HA / np.maximum(count_H, 1)[:, None]


def kl(logp_NA: Floats, reference_NA: Floats) -> Floats:
    """KL divergence from the reference over answers and illegality, in nats, shape (N,)."""
    both_NX = [np.column_stack([logs_NA, log_illegal(logs_NA)]) for logs_NA in (logp_NA, reference_NA)]
    divergence_N: Floats = (np.exp(both_NX[0]) * (both_NX[0] - both_NX[1])).sum(axis=1)
    return divergence_N


def value(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> float:
    """J, in payoff units."""
    p_HA = pooled(np.exp(logp_NA), history_N, problem.histories)
    total = problem.value(p_HA)
    for bound in problem.bounds:
        weight = (multipliers or {}).get(bound.name, 0.0)
        total -= weight * float((problem.weight_H[:, None] * p_HA * bound.excess()).sum())
    if beta and reference_NA is not None:
        total -= beta * float(kl(logp_NA, reference_NA).mean())
    return total


def gradient(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> Floats:
    """`dJ / dlog p_NA`, every log-probability a free variable (moral games brief: exact learning).

    A policy follows it by ascending `Σ weights_NA · log p_NA`, whatever its parameters are.
    """
    p_NA = np.exp(logp_NA)
    count_H = np.bincount(history_N, minlength=problem.histories)
    p_HA = pooled(p_NA, history_N, problem.histories)
    slope_HA = np.divide(problem.log_gradient(p_HA), p_HA, out=np.zeros_like(p_HA), where=p_HA > 0)
    for bound in problem.bounds:
        weight = (multipliers or {}).get(bound.name, 0.0)
        slope_HA = slope_HA - weight * problem.weight_H[:, None] * bound.excess()
    weights_NA: Floats = p_NA * slope_HA[history_N] / count_H[history_N][:, None]
    if beta and reference_NA is not None:
        ratio_NA = logp_NA - reference_NA
        ratio_N1 = (log_illegal(logp_NA) - log_illegal(reference_NA))[:, None]
        weights_NA = weights_NA - beta * p_NA * (ratio_NA - ratio_N1) / len(logp_NA)
    return weights_NA
