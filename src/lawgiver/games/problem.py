"""What is learned and what is evaluated: one stage, one moral framework and one opponent, as plain arrays.

Shapes: H histories of the last k rounds (see `markov`), A own actions, B situations, S = A*B joint moves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lawgiver.games import markov
from lawgiver.games.lexicographic import scalarise
from lawgiver.games.markov import Bools, Floats, Indices
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.games.algebra import Framework, Limit
    from lawgiver.games.opponents.base import Opponent
    from lawgiver.games.stage import Stage

ILLEGAL = -6.0
"""What an illegal move earns in Moral Alignment for LLM Agents (arXiv 2410.01639), under every framework."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A limit on the mean cost over the decisions to which the cost applies."""

    name: str
    """The framework that states the cost."""
    limit: float
    """The largest mean cost allowed, in the cost's own units."""
    cost_HA: Floats
    """Expected cost of an action where it applies; NaN where it never does."""
    applies_HA: Floats
    """The chance, over the others' moves, that the cost applies."""

    def excess(self) -> Floats:
        """`excess_HA = applies · (cost − limit)`: the limit holds exactly if its mean over all decisions is ≤ 0."""
        return np.where(self.applies_HA > 0, self.applies_HA * (np.nan_to_num(self.cost_HA) - self.limit), 0.0)

    def mean(self, p_HA: Floats, weight_H: Floats) -> float:
        """The mean cost of a policy's legal moves where the cost applies; NaN if it never does.

        Args:
            p_HA: the policy.
            weight_H: share of decisions made in each history, see `Problem.share`.
        """
        applied_HA = weight_H[:, None] * p_HA * self.applies_HA
        total = float(applied_HA.sum())
        return float((applied_HA * np.nan_to_num(self.cost_HA)).sum()) / total if total > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class Problem:
    """Rewards, opponent and weights that a learner is trained on, measured by, and solved for.

    Use `problem` to build one. All rewards are in payoff units.
    """

    stage: Stage
    """The game from the learner's seat."""
    framework: str
    """Name of the moral framework."""
    framework_sha256: str
    """Hash of the framework's sources, parameters and payoffs."""
    opponent: str
    """Name of the opponent."""
    history: int
    """k, how many rounds back the learner sees."""
    gamma: float
    """Discount, in [0, 1); at 0 every decision stands for itself."""
    illegal: float
    """What an illegal move earns."""
    reward_HAB: Floats
    """The framework's reward; lexicographic levels are scalarised, see `lexicographic.scalarise`."""
    q_HB: Floats
    """The others' moves, in the learner's view; rows sum to 1."""
    weight_H: Floats
    """Where a decision is asked for, or an episode starts: uniform over the reachable histories; sums to 1."""
    levels: tuple[Floats, ...]
    """Reward `_HAB` of each lexicographic level as it was given, most important first; one if not lexicographic."""
    factors: tuple[float, ...]
    """By what each level was multiplied in `reward_HAB`."""
    bounds: tuple[Bound, ...]
    """Limits on mean costs."""
    costs_HAB: tuple[Floats, ...] = field(repr=False, default=())
    """The costs of `bounds`, NaN where one does not apply."""
    given_illegal: float = ILLEGAL
    """What an illegal move was to earn before lexicographic levels were scaled."""

    @property
    def histories(self) -> int:
        """H."""
        return len(self.q_HB)

    @property
    def actions(self) -> int:
        """A."""
        return int(self.reward_HAB.shape[1])

    @cached_property
    def reward_HA(self) -> Floats:
        """The reward of each action, averaged over the others' moves."""
        return markov.expected(self.q_HB, self.reward_HAB)

    @property
    def reachable_H(self) -> Bools:
        """Which histories can occur."""
        reached_H: Bools = self.weight_H > 0
        return reached_H

    @cached_property
    def next_HAB(self) -> Indices:
        """The history that follows each outcome of a round."""
        return markov.successors(*self.reward_HAB.shape)

    @cached_property
    def sha256(self) -> str:
        """Hash of everything that decides what is optimal."""
        digest = hashlib.sha256(self.framework_sha256.encode())
        for text in (self.stage.name, self.stage.role, ",".join(self.stage.actions)):
            digest.update(text.encode() + b"\0")
        numbers = [self.history, self.gamma, self.illegal, *(bound.limit for bound in self.bounds)]
        arrays = [np.array(numbers), self.reward_HAB, self.q_HB, self.weight_H, *self.levels, *self.costs_HAB]
        for array in arrays:
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()

    @property
    def name(self) -> str:
        """Such as `ipd/game+de/tft`."""
        return f"{self.stage.name}/{self.framework}/{self.opponent}"

    def share(self, p_HA: Floats) -> Floats:
        """The share of decisions that a policy makes in each history, discounted: the weights if γ = 0. Sums to 1."""
        if self.gamma == 0:
            return self.weight_H
        return markov.discounted(p_HA, self.q_HB, self.weight_H, self.gamma)

    def value(self, p_HA: Floats) -> float:
        """The expected reward of a policy, discounted and per round: `(1 − γ)·v₀ᵀ(I − γM)⁻¹ r`."""
        earned = markov.value(p_HA, self.q_HB, self.reward_HAB, self.weight_H, gamma=self.gamma, illegal=self.illegal)
        return (1 - self.gamma) * float(earned)

    def log_gradient(self, p_HA: Floats) -> Floats:
        """`d value / d log p_HA`, see `markov.log_gradient`."""
        return (1 - self.gamma) * markov.log_gradient(
            p_HA, self.q_HB, self.reward_HAB, self.weight_H, gamma=self.gamma, illegal=self.illegal
        )

    def against(self, q_HB: Floats, opponent: str = "learner") -> Problem:
        """The same problem with other opponents: a second learner's policy, `mirror`ed into this one's view.

        Raises:
            ConfigurationError: if the table has another shape or is no distribution.
        """
        given_HB = _check_table(q_HB, self.q_HB.shape, opponent)
        limits = [(bound.name, bound.limit) for bound in self.bounds]
        return _build(self, self.levels, list(zip(limits, self.costs_HAB, strict=True)), given_HB, opponent)


def problem(
    stage: Stage,
    framework: Framework,
    opponent: Opponent,
    history: int = 1,
    gamma: float = 0.0,
    illegal: float = ILLEGAL,
) -> Problem:
    """Tabulate what a learner in this stage is to be trained on.

    Args:
        stage: the game from the learner's seat.
        framework: tabulated over the S states before, A own moves and B situations; with a longer history it looks
            at the last round only.
        opponent: must have a finite memory of at most `history` rounds.
        history: how many rounds the learner sees.
        gamma: discount in [0, 1).
        illegal: what an illegal move earns. Under a lexicographic framework it lies this far below the worst legal
            outcome instead, since scaled levels reach below any fixed number.

    Raises:
        ConfigurationError: for a value out of range, a framework that abstains on a reward, or an opponent that
            cannot be tabulated.
    """
    if not 0 <= gamma < 1:
        raise ConfigurationError(f"gamma={gamma}: give a discount from 0 to below 1")
    if history < 1:
        raise ConfigurationError(f"history={history}: a learner sees at least 1 round")
    if not np.isfinite(illegal):
        raise ConfigurationError(f"illegal={illegal}: give a finite number")
    actions, situations = stage.own_AB.shape
    shape = ((actions * situations) ** history, actions, situations)
    last_H = np.arange(shape[0]) % (actions * situations)
    levels = [_check_rewards(level, shape, framework.name)[last_H] for level in _levels(framework)]
    if not levels:
        raise ConfigurationError(f"framework {framework.name}: it rewards nothing; give it at least one term")
    costs = [((limit.name, limit.limit), np.asarray(limit.cost_SAB)[last_H]) for limit in _limits(framework)]
    q_HB = _check_table(opponent.table(stage, history), (shape[0], situations), opponent.name)
    empty = Problem(
        *(stage, framework.name, framework.sha256, opponent.name, history, float(gamma), float(illegal)),
        *(levels[0], q_HB, np.ones(shape[0]) / shape[0], tuple(levels), (1.0,), ()),
        given_illegal=float(illegal),
    )
    return _build(empty, levels, costs, q_HB, opponent.name)


def _build(
    base: Problem,
    levels: Sequence[Floats],
    costs: Sequence[tuple[tuple[str, float], Floats]],
    q_HB: Floats,
    opponent: str,
) -> Problem:
    """Everything that depends on what the others do."""
    reached_H = markov.reachable(q_HB, levels[0].shape[1])
    reward_HAB, factors = scalarise(levels, q_HB, base.gamma)
    illegal = base.given_illegal
    if len(levels) > 1:
        illegal += min(0.0, float(reward_HAB.min()))
    return replace(
        base,
        q_HB=q_HB,
        opponent=opponent,
        reward_HAB=reward_HAB,
        weight_H=reached_H / reached_H.sum(),
        illegal=illegal,
        levels=tuple(levels),
        factors=factors,
        bounds=tuple(_bound(name, limit, cost_HAB, q_HB) for (name, limit), cost_HAB in costs),
        costs_HAB=tuple(cost_HAB for _, cost_HAB in costs),
    )


def _bound(name: str, limit: float, cost_HAB: Floats, q_HB: Floats) -> Bound:
    applies_HA = markov.expected(q_HB, ~np.isnan(cost_HAB) * 1.0)
    total_HA = markov.expected(q_HB, np.nan_to_num(cost_HAB))
    cost_HA = np.divide(total_HA, applies_HA, out=np.full_like(total_HA, np.nan), where=applies_HA > 0)
    return Bound(name, float(limit), cost_HA, applies_HA)


def _levels(framework: Framework) -> Iterator[Floats]:
    if framework.terms:
        yield np.sum([weight * np.asarray(reward_SAB) for weight, reward_SAB in framework.terms], axis=0)
    for lower in framework.then:
        yield from _levels(lower)


def _limits(framework: Framework) -> Iterator[Limit]:
    yield from framework.limits
    for lower in framework.then:
        yield from _limits(lower)


def _check_rewards(level_SAB: Floats, shape: tuple[int, ...], name: str) -> Floats:
    expected_shape = (shape[1] * shape[2], *shape[1:])
    if level_SAB.shape != expected_shape:
        raise ConfigurationError(
            f"framework {name}: rewards have shape {level_SAB.shape}, this game needs {expected_shape}; "
            "tabulate it for this stage"
        )
    if not np.isfinite(level_SAB).all():
        raise ConfigurationError(
            f"framework {name}: it has no reward for {int((~np.isfinite(level_SAB)).sum())} of {level_SAB.size} "
            "outcomes; only the cost of a constraint may abstain"
        )
    return np.asarray(level_SAB, dtype=np.float64)


def _check_table(q_HB: Floats, shape: tuple[int, ...], name: str) -> Floats:
    table_HB = np.asarray(q_HB, dtype=np.float64)
    if table_HB.shape != shape:
        raise ConfigurationError(f"opponent {name}: its table has shape {table_HB.shape}, this game needs {shape}")
    if not (table_HB >= 0).all() or not np.allclose(table_HB.sum(axis=1), 1, atol=1e-9):
        raise ConfigurationError(f"opponent {name}: each row of its table must be probabilities that sum to 1")
    return table_HB
