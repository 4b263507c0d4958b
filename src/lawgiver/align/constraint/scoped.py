"""The dual of constraints that hold something else than a mean to their threshold.

Whatever a scope declares becomes an expectation, which is all that the dual knows:

- a violation rate is the mean of flags;
- a tail mean, CVaR_α ≤ d, is `E[t + (c − t)₊/α] ≤ d` for some t (Rockafellar and Uryasev 2000, theorem 1): of the t
  that are tried, the one whose optimal policy gives least away is taken;
- every category is a constraint of its own. One training has one λ, so the largest of theirs keeps them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lawgiver.align.constraint.dual import dual, minimise
from lawgiver.align.constraint.judged import Column, Rewards, Transform, column_scores
from lawgiver.align.constraint.scores import Scores
from lawgiver.align.constraint.solution import DualSettings, DualSolution, solve_dual
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.spec import Constraint
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import cvar

Judged = Sequence[Sequence[Judgement]]
TRIED = 17
"""Levels t that are tried, spread over the quantiles of the costs."""


def solve_scoped(
    judgements_P: Judged,
    constraints: Sequence[Constraint],
    settings: DualSettings,
    rewards_P: Rewards | None = None,
) -> tuple[DualSolution, dict[str, str]]:
    """Find the multipliers of all constraints at once, each as its scope declares it.

    Args:
        judgements_P: the K judgements of each of P prompts.
        constraints: at least one of the charter's.
        settings: β and the cap.
        rewards_P: the reward of each of these samples, of a policy that has yet to learn it; None if they come from
            the policy that already has it.

    Returns:
        The solution, and constraint → the name in it that decides its λ: its own, or that of its worst category.

    Raises:
        ConfigurationError: if there is nothing to compute from.
    """
    columns: list[Column] = []
    for constraint in constraints:
        columns += _columns(judgements_P, constraint, settings, rewards_P)
    scores = column_scores(judgements_P, columns, rewards_P)
    solution = _tails(solve_dual(scores, settings), judgements_P, columns, constraints, settings, rewards_P)
    decides = {
        constraint.name: max(
            (c for c, column in enumerate(columns) if column.constraint == constraint.name),
            key=lambda c: (solution.lambda_C[c], solution.cost_before_C[c]),
        )
        for constraint in constraints
    }
    return solution, {name: solution.names[c] for name, c in decides.items()}


def _columns(
    judgements_P: Judged, constraint: Constraint, settings: DualSettings, rewards_P: Rewards | None
) -> list[Column]:
    name, threshold = constraint.name, constraint.threshold
    match constraint.scope:
        case "violation_rate":
            return [Column(name, name, threshold, lambda cost, _: float(cost > 0))]
        case "cvar":
            return [_best_level(judgements_P, constraint, settings, rewards_P)]
        case "per_category":
            label = str(constraint.category)
            found = sorted({_label(j, label) for row in judgements_P for j in row if j.cost(name) is not None})
            if not found:
                raise ConfigurationError(f"the cost of {name} was measured on no answer; it cannot be constrained")
            return [Column(f"{name} ({value})", name, threshold, _only(label, value)) for value in found]
    return [Column(name, name, threshold)]


def _only(label: str, value: str) -> Transform:
    """The cost of one category alone."""
    return lambda cost, labels: cost if labels.get(label, "") == value else None


def _label(judgement: Judgement, label: str) -> str:
    return str(judgement.exchange.labels.get(label, ""))


def _best_level(
    judgements_P: Judged, constraint: Constraint, settings: DualSettings, rewards_P: Rewards | None
) -> Column:
    """The column whose dual optimum is largest: whose policy, of all that keep the budget, gives least away."""
    costs_M = _measured(judgements_P, constraint.name)
    levels = {0.0, *np.quantile(costs_M, np.linspace(0, 1, TRIED)).tolist()} if costs_M.size else {0.0}

    def optimum(column: Column) -> float:
        scores = column_scores(judgements_P, [column], rewards_P)
        return dual(scores, minimise(scores, settings.beta, cap=settings.cap), settings.beta).value

    return max((_tail_column(constraint, level) for level in sorted(levels)), key=optimum)


def _tail_column(constraint: Constraint, level: float) -> Column:
    share = constraint.worst_share
    return Column(
        constraint.name, constraint.name, constraint.threshold, lambda cost, _: level + max(cost - level, 0.0) / share
    )


def _measured(judgements_P: Judged, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([cost for row in judgements_P for j in row if (cost := j.cost(name)) is not None])


def _tails(
    solution: DualSolution,
    judgements_P: Judged,
    columns: Sequence[Column],
    constraints: Sequence[Constraint],
    settings: DualSettings,
    rewards_P: Rewards | None,
) -> DualSolution:
    """Costs of tails as they are, not as the level that was taken bounds them."""
    tails = {constraint.name: constraint.worst_share for constraint in constraints if constraint.scope == "cvar"}
    if not tails:
        return solution
    scores = column_scores(judgements_P, columns, rewards_P)
    raw = column_scores(judgements_P, [Column(c.name, c.constraint, c.threshold) for c in columns], rewards_P)
    before_C, after_C = solution.cost_before_C.copy(), solution.cost_C.copy()
    for costs_C, lambda_C in ((before_C, np.zeros_like(solution.lambda_C)), (after_C, solution.lambda_C)):
        weights_PK = dual(scores, lambda_C, settings.beta).weights_PK
        for c, column in enumerate(columns):
            if (share := tails.get(column.constraint)) is not None:
                costs_C[c] = _tail_of(raw, weights_PK, c, share)
    return replace(solution, cost_before_C=before_C, cost_C=after_C)


def _tail_of(raw: Scores, weights_PK: np.ndarray[tuple[int, int], np.dtype[np.float64]], c: int, share: float) -> float:
    weights = (weights_PK * raw.applies_PKC[..., c]).ravel()
    return float(cvar(raw.costs_PKC[..., c].ravel(), share, weights))
