"""The objective and its exact gradient with respect to the log-probabilities of whole answers.

Shapes: N prompts, H histories, A own actions, X = A + 1 answers with illegality last. Every prompt shows one history;
a history's policy is the mean over its prompts, for any of them may come up. What is not one of the A answers is
illegal: `p_illegal = 1 − Σ_a p(a)`.

    J(p) = Σ_h d_h (Σ_a p(a|h) (E[R] − Σ_i λ_i E[cost_i − limit_i]) + p_illegal R_illegal − β KL_h(p ‖ p_ref))

with d the share of decisions made in each history: at γ = 0 the same for all that are asked about, above it the
discounted visits of the Markov chain of two memory-k players, which depend on p. KL is over X, averaged over the
prompts of a history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from lawgiver.games import markov
from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem

Indices = NDArray[np.int64]
ROUNDING = 1e-12
"""Legal answers that sum to this close to 1 leave no illegal mass that could be told from rounding."""


def log_illegal(logp_NA: Floats) -> Floats:
    """`log(1 − Σ_a p(a))`, shape (N,), at least that of `ROUNDING`."""
    legal_N = np.exp(logp_NA).sum(axis=1)
    illegal_N: Floats = np.log(np.maximum(1.0 - legal_N, ROUNDING))
    return illegal_N


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


def charged(problem: Problem, history_N: Indices, multipliers: Mapping[str, float] | None = None) -> Problem:
    """The problem with decisions only in the histories asked about, every move paying for its excess over limits.

    Raises:
        ValueError: if none of these histories can occur.
    """
    weight_H = problem.weight_H * (np.bincount(history_N, minlength=problem.histories) > 0)
    if not weight_H.any():
        raise ValueError("none of the histories asked about can occur")
    price_HA = sum(
        ((multipliers or {}).get(bound.name, 0.0) * bound.excess() for bound in problem.bounds),
        start=np.zeros((problem.histories, problem.actions)),
    )
    return replace(problem, weight_H=weight_H / weight_H.sum(), reward_HAB=problem.reward_HAB - price_HA[:, :, None])


def value(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> float:
    """J, in payoff units a decision."""
    asked = charged(problem, history_N, multipliers)
    p_HA = pooled(np.exp(logp_NA), history_N, problem.histories)
    total = asked.value(p_HA)
    if beta and reference_NA is not None:
        total -= beta * float(asked.share(p_HA) @ _kl_H(logp_NA, reference_NA, history_N, problem.histories))
    return total


def pull(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> tuple[Floats, Floats]:
    """What an answer would gain over an illegal one, `(N, A)`, and the share of decisions of a prompt, `(N,)`.

    The gain is of J, going on as now, for each unit of probability and decision.
    """
    asked = charged(problem, history_N, multipliers)
    p_HA = pooled(np.exp(logp_NA), history_N, problem.histories)
    anchored = reference_NA if beta else None
    worth_HA = asked.reward_HA
    illegal_H = np.full(problem.histories, asked.illegal)
    if asked.gamma:
        earned_H = markov.round_reward(p_HA, asked.reward_HA, asked.illegal)
        if anchored is not None:
            earned_H = earned_H - beta * _kl_H(logp_NA, anchored, history_N, problem.histories)
        leak_HH = np.eye(problem.histories) - asked.gamma * markov.transition(p_HA, asked.q_HB)
        value_H = np.linalg.solve(leak_HH, earned_H)
        ahead_HA = asked.gamma * markov.step_kernel(asked.q_HB, asked.actions) @ value_H
        worth_HA = worth_HA + ahead_HA
        illegal_H = illegal_H + ahead_HA[np.arange(problem.histories), markov.own_last(*asked.reward_HAB.shape)]
    pull_NA = (worth_HA - illegal_H[:, None])[history_N]
    if anchored is not None:
        illegal_N = log_illegal(logp_NA) - log_illegal(anchored)
        pull_NA = pull_NA - beta * (logp_NA - anchored - illegal_N[:, None])
    count_H = np.bincount(history_N, minlength=problem.histories)
    return pull_NA, asked.share(p_HA)[history_N] / count_H[history_N]


def gradient(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    multipliers: Mapping[str, float] | None = None,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> Floats:
    """`dJ / dlog p_NA`, every log-probability a free variable that takes its mass from illegality.

    A policy follows it by ascending `Σ weights_NA · log p_NA`, whatever its parameters are.
    """
    pull_NA, share_N = pull(logp_NA, history_N, problem, multipliers=multipliers, beta=beta, reference_NA=reference_NA)
    weights_NA: Floats = share_N[:, None] * np.exp(logp_NA) * pull_NA
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
        `(N, X)`; rows sum to 1.
    """
    pull_NA, _ = pull(logp_NA, history_N, problem, multipliers=multipliers, beta=beta, reference_NA=reference_NA)
    moved_NX = np.column_stack([logp_NA + pull_NA / temperature, log_illegal(logp_NA)])
    moved_NX = np.exp(moved_NX - moved_NX.max(axis=1, keepdims=True))
    target_NX: Floats = moved_NX / moved_NX.sum(axis=1, keepdims=True)
    return target_NX


def exact_prices(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    temperature: float,
    *,
    cap: float,
    beta: float = 0.0,
    reference_NA: Floats | None = None,
) -> dict[str, float]:
    """The λ with which `target` keeps every limit, by the dual of that step, which is convex; at most `cap`.

    Dual ascent, which learns λ beside the policy, swings far beyond a limit and back where the optimum must mix; these
    follow the policy at once. At γ > 0 the target's costs are taken to first order in its change from p.
    """
    if not problem.bounds:
        return {}
    pull_NA, share_N = pull(logp_NA, history_N, problem, beta=beta, reference_NA=reference_NA)
    costs = [
        replace(problem, reward_HAB=np.broadcast_to(bound.excess()[:, :, None], problem.reward_HAB.shape), illegal=0.0)
        for bound in problem.bounds
    ]
    p_NA = np.exp(logp_NA)
    cost_CNA = np.array([pull(logp_NA, history_N, cost)[0] for cost in costs])
    paid_C = np.array([value(logp_NA, history_N, cost) for cost in costs])
    paid_C -= np.einsum("n,na,cna->c", share_N, p_NA, cost_CNA)
    illegal_N = log_illegal(logp_NA)

    def dual(price_C: Floats) -> tuple[float, Floats]:
        gain_NA = (pull_NA - np.tensordot(price_C, cost_CNA, 1)) / temperature
        moved_NX = np.column_stack([logp_NA + gain_NA, illegal_N])
        total_N = logsumexp(moved_NX, axis=1)
        target_NA = np.exp(moved_NX[:, :-1] - total_N[:, None])
        slack_C = paid_C + np.einsum("n,na,cna->c", share_N, target_NA, cost_CNA)
        return float(temperature * share_N @ total_N - price_C @ paid_C), -slack_C

    found = minimize(dual, np.zeros(len(costs)), jac=True, bounds=[(0, cap)] * len(costs), method="L-BFGS-B")
    return {bound.name: float(price) for bound, price in zip(problem.bounds, found.x, strict=True)}


def towards(target_NX: Floats, logp_NA: Floats) -> Floats:
    """Weights on `log p_NA` that ascend `−KL(target ‖ p)`, illegality included, averaged over the N prompts."""
    odds_NA = np.exp(logp_NA - log_illegal(logp_NA)[:, None])
    weights_NA: Floats = (target_NX[:, :-1] - target_NX[:, -1:] * odds_NA) / len(logp_NA)
    return weights_NA


def _kl_H(logp_NA: Floats, reference_NA: Floats, history_N: Indices, histories: int) -> Floats:
    return pooled(kl(logp_NA, reference_NA)[:, None], history_N, histories)[:, 0]
