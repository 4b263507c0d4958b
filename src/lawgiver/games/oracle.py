"""What is optimal, exactly: a set of actions for every history, not just one of them.

A norm may leave a choice open (deontology says nothing about how to answer a defection), and then no training can be
called wrong for either move. So the oracle answers with sets, and says where they hold more than one action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lawgiver.games import markov
from lawgiver.games.markov import Bools, Floats
from lawgiver.games.occupancy import constrained_optimum
from lawgiver.games.problem import Problem
from lawgiver.outcome import ConfigurationError

TIE = 1e-9
"""Actions whose values differ by less than this share of the largest value are equally good."""


@dataclass(frozen=True, eq=False)
class Oracle:
    """The exact optimum of a problem."""

    problem: Problem
    """What was solved."""
    best_HA: Bools
    """Which actions are optimal; every row has at least one."""
    value_HA: Floats
    """What each action is worth if all goes on optimally, in units of `reward_HAB`, discounted. Under limits, with
    each cost's excess over its limit charged at its multiplier."""
    p_HA: Floats
    """An optimal policy: even over ties; under limits one that keeps them, which may have to mix."""
    mixed_H: Bools
    """Where the tie exists only at the price of a limit, so that not every mixture keeps it."""
    value: float
    """What the policy earns, as `Problem.value`."""
    multipliers: Mapping[str, float]
    """Price λ of each limit: reward that one more unit of its cost would bring, in the optimum. At least 0."""

    @property
    def unique_H(self) -> Bools:
        """Where exactly one action is optimal."""
        single_H: Bools = self.best_HA.sum(axis=1) == 1
        return single_H

    @property
    def illegal_H(self) -> Bools:
        """Where an illegal move would earn more at once than any legal one: `illegal` is too mild there."""
        tempting_H: Bools = self.problem.reward_HA.max(axis=1) < self.problem.illegal
        return tempting_H

    def word(self, history: int) -> str:
        """The optimum in one history: an action id, `=` for any action, `~` for a mixture that keeps a limit.

        With three actions or more, a set that is not all of them is written `A0|A2`.
        """
        if self.mixed_H[history]:
            return "~"
        best_A = self.best_HA[history]
        if best_A.all():
            return "="
        return "|".join(name for name, good in zip(self.problem.stage.actions, best_A, strict=True) if good)

    @property
    def text(self) -> str:
        """The words of all histories in order, such as `CDCD`, or `C=C=` where two are open."""
        return self._join([self.word(history) for history in range(self.problem.histories)])

    @property
    def visited_text(self) -> str:
        """The same, with `·` for histories that cannot occur against this opponent."""
        reached_H = self.problem.reachable_H
        return self._join([self.word(h) if reached_H[h] else "·" for h in range(self.problem.histories)])

    def _join(self, words: list[str]) -> str:
        return ("" if all(len(name) == 1 for name in self.problem.stage.actions) else " ").join(words)


def solve(problem: Problem) -> Oracle:
    """Find the exact optimum.

    γ = 0: the best actions against what the others are about to do. γ > 0: policy iteration. A lexicographic
    framework narrows the set level by level. Limits: a linear programme over occupancies, see `occupancy`.

    Raises:
        ConfigurationError: if no policy keeps the limits.
    """
    step_HAH = markov.step_kernel(problem.q_HB, problem.actions)
    if problem.bounds:
        return _constrained(problem, step_HAH)
    allowed_HA = np.ones_like(problem.reward_HA, dtype=bool)
    for level_HAB in problem.levels:
        reward_HA = markov.expected(problem.q_HB, level_HAB)
        allowed_HA = optimal_actions(reward_HA, step_HAH, problem.gamma, allowed_HA)
    p_HA = allowed_HA / allowed_HA.sum(axis=1, keepdims=True)
    return Oracle(
        problem=problem,
        best_HA=allowed_HA,
        value_HA=action_values(problem.reward_HA, step_HAH, problem.gamma, allowed_HA),
        p_HA=p_HA,
        mixed_H=np.zeros(problem.histories, dtype=bool),
        value=problem.value(p_HA),
        multipliers={},
    )


def action_values(reward_HA: Floats, step_HAH: Floats, gamma: float, allowed_HA: Bools | None = None) -> Floats:
    """The value of each action, going on optimally within the allowed actions: `Q_HA`, by policy iteration.

    Args:
        reward_HA: expected reward of an action.
        step_HAH: where it leads, see `markov.step_kernel`.
        gamma: discount.
        allowed_HA: what may be chosen later on; everything when left out. Each row needs one.
    """
    if gamma == 0:
        return reward_HA
    allowed = np.ones_like(reward_HA, dtype=bool) if allowed_HA is None else allowed_HA
    rows_H = np.arange(len(reward_HA))
    plan_H = allowed.argmax(axis=1)
    while True:
        value_H = np.linalg.solve(np.eye(len(rows_H)) - gamma * step_HAH[rows_H, plan_H], reward_HA[rows_H, plan_H])
        value_HA: Floats = reward_HA + gamma * step_HAH @ value_H
        # an action replaces another only if it is better by more than rounding, so ties cannot cycle
        choice_HA = np.where(allowed, value_HA, -np.inf)
        better_H = choice_HA.max(axis=1) > value_HA[rows_H, plan_H] + _slack(value_HA)
        if not better_H.any():
            return value_HA
        plan_H = np.where(better_H, choice_HA.argmax(axis=1), plan_H)


def optimal_actions(reward_HA: Floats, step_HAH: Floats, gamma: float, allowed_HA: Bools | None = None) -> Bools:
    """The set of optimal actions among the allowed ones, ties included; arguments as `action_values`."""
    allowed = np.ones_like(reward_HA, dtype=bool) if allowed_HA is None else allowed_HA
    value_HA = action_values(reward_HA, step_HAH, gamma, allowed)
    choice_HA = np.where(allowed, value_HA, -np.inf)
    best_HA: Bools = choice_HA >= choice_HA.max(axis=1, keepdims=True) - _slack(value_HA)
    return best_HA


def threshold(answer: Callable[[float], str], low: float, high: float, tolerance: float = 1e-4) -> float:
    """Where a parameter changes the optimum, by bisection: to the middle of an interval of `tolerance`.

    Args:
        answer: the optimum's text at a value of the parameter, e.g. `lambda xi: solve(problem_at(xi)).text`.
        low: a value with one answer.
        high: a value with another. If there are several changes between, one of them is found.
        tolerance: width of the last interval.

    Raises:
        ConfigurationError: if both ends have the same answer.
    """
    first = answer(low)
    if first == answer(high):
        raise ConfigurationError(f"the optimum is {first} at {low} and at {high}; give a range in which it changes")
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (middle, high) if answer(middle) == first else (low, middle)
    return (low + high) / 2


def _constrained(problem: Problem, step_HAH: Floats) -> Oracle:
    excess_CHA = np.array([bound.excess() for bound in problem.bounds])
    visits_HA, price_C = constrained_optimum(
        problem.reward_HA, step_HAH, problem.weight_H, problem.gamma, excess_CHA, [b.name for b in problem.bounds]
    )
    charged_HA = problem.reward_HA - np.einsum("c,cha->ha", price_C, excess_CHA)
    best_HA = optimal_actions(charged_HA, step_HAH, problem.gamma)
    visits_H1 = visits_HA.sum(axis=1, keepdims=True)
    even_HA = best_HA / best_HA.sum(axis=1, keepdims=True)
    p_HA = np.where(visits_H1 > TIE, visits_HA / np.where(visits_H1 > TIE, visits_H1, 1.0), even_HA)
    # plain indifference stays `=`: these are the ties between actions that only the price makes equal
    plain_HA = optimal_actions(problem.reward_HA, step_HAH, problem.gamma, best_HA)
    return Oracle(
        problem=problem,
        best_HA=best_HA,
        value_HA=action_values(charged_HA, step_HAH, problem.gamma),
        p_HA=p_HA,
        mixed_H=np.asarray((best_HA & ~plain_HA).any(axis=1)),
        value=problem.value(p_HA),
        multipliers={bound.name: float(price) for bound, price in zip(problem.bounds, price_C, strict=True)},
    )


def _slack(value_HA: Floats) -> float:
    return TIE * max(1.0, float(np.abs(value_HA).max()))
