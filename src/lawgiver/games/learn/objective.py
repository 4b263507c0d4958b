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
    logs_N: Floats = np.log(np.maximum(1.0 - legal_N, TINY))
    return logs_N


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


def slope(p_HA: Floats, problem: Problem, multipliers: Mapping[str, float] | None = None) -> Floats:
    """`d(V − Σ λ excess) / dp_HA`, every entry of p a free variable that takes its mass from illegal moves."""
    slope_HA: Floats = np.divide(problem.log_gradient(p_HA), p_HA, out=np.zeros_like(p_HA), where=p_HA > 0)
    for bound in problem.bounds:
        weight = (multipliers or {}).get(bound.name, 0.0)
        slope_HA = slope_HA - weight * problem.weight_H[:, None] * bound.excess()
    return slope_HA


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
    slope_HA = slope(p_HA, problem, multipliers)
    weights_NA: Floats = p_NA * slope_HA[history_N] / count_H[history_N][:, None]
    if beta and reference_NA is not None:
        ratio_NA = logp_NA - reference_NA
        ratio_N1 = (log_illegal(logp_NA) - log_illegal(reference_NA))[:, None]
        weights_NA = weights_NA - beta * p_NA * (ratio_NA - ratio_N1) / len(logp_NA)
    return weights_NA


def target(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    temperature: float,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> Floats:
    """One exact step of mirror descent on the same objective: `π(a) ∝ p(a) exp(Q(a) / τ)`, illegality included.

    Each prompt's answer moves as far as what it would gain, however little probability it has now, where the plain
    gradient's pull vanishes with `p(1 − p)` (Tomar et al. 2020, arXiv 2005.09814; the natural gradient of a softmax).

    The temperature τ > 0 is in payoff units: a gap of τ moves the odds by a factor of e.

    Returns:
        `(N, A)`; what is missing to 1 is illegal.
    """
    p_HA = pooled(np.exp(logp_NA), history_N, problem.histories)
    share_H = np.maximum(problem.share(p_HA), 1e-12)
    pull_NA = (slope(p_HA, problem, multipliers) / share_H[:, None])[history_N]
    illegal_N1 = log_illegal(logp_NA)[:, None]
    if beta and reference_NA is not None:
        pull_NA = pull_NA - beta * (logp_NA - reference_NA - illegal_N1 + log_illegal(reference_NA)[:, None])
    moved_NX = np.column_stack([logp_NA + pull_NA / temperature, illegal_N1])
    moved_NX -= moved_NX.max(axis=1, keepdims=True)
    moved_NX = np.exp(moved_NX)
    target_NA: Floats = (moved_NX / moved_NX.sum(axis=1, keepdims=True))[:, :-1]
    return target_NA


def towards(target_NA: Floats, logp_NA: Floats) -> Floats:
    """Weights on `log p_NA` that ascend `−KL(target ‖ p)`, illegality included, averaged over the N prompts."""
    illegal_N1 = 1 - target_NA.sum(axis=1, keepdims=True)
    spread_NA = np.exp(logp_NA - log_illegal(logp_NA)[:, None])
    weights_NA: Floats = (target_NA - np.maximum(illegal_N1, 0) * spread_NA) / len(logp_NA)
    return weights_NA
