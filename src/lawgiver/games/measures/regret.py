"""How far a policy stays behind: behind the best outcome there is, and behind the best it could do here.

The two differ wherever the opponent sets the ceiling. Against a coin even the best response to a utilitarian reward
leaves a regret of .08 in the prisoner's dilemma, so a regret means something only beside that of simple players.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lawgiver.games import markov
from lawgiver.games.markov import Floats
from lawgiver.games.measures.players import reference_players
from lawgiver.games.oracle import solve
from lawgiver.games.problem import Problem


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The outcomes between which a mean reward can lie."""

    top: float
    """The best single outcome."""
    bottom: float
    """The worst, an illegal move included."""

    def regret(self, mean: float) -> float:
        """`top − mean`, in payoff units."""
        return self.top - mean

    def normalised(self, mean: float) -> float:
        """`(top − mean) / (top − bottom)`, in [0, 1]; 0 where there is only one outcome."""
        return (self.top - mean) / (self.top - self.bottom) if self.top > self.bottom else 0.0


@dataclass(frozen=True, slots=True)
class Regret:
    """How a policy compares, on one framework against one opponent. Rewards are per round, in payoff units."""

    mean: float
    """What the policy earns."""
    best: float
    """What a best response (one that keeps the limits, if there are any) earns."""
    ceiling: Ceiling
    """The best and the worst outcome, whatever the opponent."""
    players: Mapping[str, float]
    """What simple players earn: always each action, tit for tat."""

    @property
    def behind_best(self) -> float:
        """`best − mean`: what could have been done better. Below 0 only for a policy that breaks a limit."""
        return self.best - self.mean

    @property
    def normalised(self) -> float:
        """`(top − mean) / (top − bottom)`, the regret of arXiv 2410.01639, in [0, 1]."""
        return self.ceiling.normalised(self.mean)

    @property
    def ahead_of(self) -> dict[str, float]:
        """How much more than each simple player it earns."""
        return {name: self.mean - value for name, value in self.players.items()}


def ceiling(reward_HAB: Floats, illegal: float) -> Ceiling:
    """The range of a framework's reward over all outcomes."""
    return Ceiling(float(reward_HAB.max()), min(illegal, float(reward_HAB.min())))


def regret(p_HA: Floats, problem: Problem) -> Regret:
    """Compare a policy under the problem's own reward, opponent, weights and discount.

    Raises:
        ConfigurationError: if no policy keeps the problem's limits.
    """
    return Regret(
        mean=problem.value(p_HA),
        best=solve(problem).value,
        ceiling=ceiling(problem.reward_HAB, problem.illegal),
        players={name: problem.value(player_HA) for name, player_HA in reference_players(problem).items()},
    )


def mean_reward(p_HA: Floats, q_HB: Floats, reward_HAB: Floats, share_H: Floats, illegal: float) -> float:
    """The expected reward of a decision made in histories of this share; an illegal move earns `illegal`."""
    return float(np.dot(share_H, markov.round_reward(p_HA, markov.expected(q_HB, reward_HAB), illegal)))
