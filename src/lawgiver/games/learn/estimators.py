"""One interface, several estimators of the objective's gradient: exact, or from sampled episodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from lawgiver.games.learn.credit import CREDITS, clipped
from lawgiver.games.learn.objective import Indices, charged, gradient, target, towards
from lawgiver.games.learn.rollout import Episodes, chosen_logps, returns, sample, score_weights, stakes
from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem

Name = Literal["exact", "memory-one", "mirror", "rloo", "reinforce++", "grpo", "ppo"]


@dataclass(frozen=True)
class Asked:
    """What one update is about."""

    logp_NA: Floats
    """The learner's log-probabilities when the update began."""
    history_N: Indices
    """The history each prompt shows."""
    problem: Problem
    multipliers: Mapping[str, float] = field(default_factory=dict)
    """λ of each limit."""
    beta: float = 0.0
    reference_NA: Floats | None = None
    """The KL anchor's log-probabilities; wanted if beta is above 0."""


class Estimator(Protocol):
    """Gives the weights on `log p` that an update ascends."""

    epochs: int
    """Optimiser steps taken on one draw."""

    def draw(self, asked: Asked, rng: np.random.Generator) -> Any:
        """Sample what the update needs; nothing for an exact one."""
        ...

    def weights(self, asked: Asked, drawn: Any, logp_NA: Floats) -> Floats:
        """`(N, A)` weights at the present log-probabilities, which differ from `asked`'s after the first epoch."""
        ...

    def begin_phase(self, reset_moments: bool) -> None:
        """Forget running moments and the critic, if asked to."""
        ...

    def to_json(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        ...

    def restore(self, document: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""
        ...


class Exact:
    """The gradient itself: `exact` at γ = 0, `memory-one` (credit over rounds) above."""

    epochs = 1

    def draw(self, asked: Asked, rng: np.random.Generator) -> None:
        """Nothing is sampled."""

    def weights(self, asked: Asked, drawn: Any, logp_NA: Floats) -> Floats:
        """See `objective.gradient`."""
        return gradient(
            logp_NA,
            asked.history_N,
            asked.problem,
            multipliers=asked.multipliers,
            beta=asked.beta,
            reference_NA=asked.reference_NA,
        )

    def begin_phase(self, reset_moments: bool) -> None:
        """There are none."""

    def to_json(self) -> dict[str, Any]:
        """It remembers nothing."""
        return {}

    def restore(self, document: dict[str, Any]) -> None:
        """It remembers nothing."""


@dataclass
class Mirror:
    """Exact as well, and quicker: cross-entropy to one step of mirror descent, see `objective.target`."""

    temperature: float
    epochs: int = 1

    def draw(self, asked: Asked, rng: np.random.Generator) -> Floats:
        """The target; nothing is sampled."""
        return target(
            asked.logp_NA,
            asked.history_N,
            asked.problem,
            self.temperature,
            multipliers=asked.multipliers,
            beta=asked.beta,
            reference_NA=asked.reference_NA,
        )

    def weights(self, asked: Asked, drawn: Floats, logp_NA: Floats) -> Floats:
        """See `objective.towards`."""
        return towards(drawn, logp_NA)

    def begin_phase(self, reset_moments: bool) -> None:
        """There are none."""

    def to_json(self) -> dict[str, Any]:
        """It remembers nothing."""
        return {}

    def restore(self, document: dict[str, Any]) -> None:
        """It remembers nothing."""


@dataclass
class Sampled:
    """Score-function estimators over sampled episodes; see `credit` for how they differ."""

    name: str
    samples: int = 8
    """G: episodes begun at each prompt."""
    rounds: int = 1
    """T: rounds of an episode."""
    clip: float = 0.2
    epochs: int = 1
    normalise: bool = False
    """Divide rewards by their running standard deviation over all history, after taking off their running mean."""
    critic_rate: float = 0.1
    """How fast the critic's value of a history follows the returns (`ppo`)."""
    value_H: dict[int, float] = field(default_factory=dict)
    moments: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Count, mean and sum of squared deviations of all rewards so far."""

    def draw(self, asked: Asked, rng: np.random.Generator) -> tuple[Episodes, Floats, Floats]:
        """Episodes, the advantage of every move, and its log-probability when it was sampled."""
        problem = charged(asked.problem, asked.history_N, asked.multipliers)
        episodes = sample(asked.logp_NA, asked.history_N, problem, samples=self.samples, rounds=self.rounds, rng=rng)
        reward_TNG = self._normalised(episodes.reward_TNG) if self.normalise else episodes.reward_TNG
        old_TNG = chosen_logps(asked.logp_NA, episodes)
        if asked.beta and asked.reference_NA is not None:
            reward_TNG = reward_TNG - asked.beta * (old_TNG - chosen_logps(asked.reference_NA, episodes))
        return_TNG = returns(reward_TNG, problem.gamma)
        history_TNG = asked.history_N[episodes.prompt_TNG]
        value_TNG = self._critic(history_TNG, return_TNG)
        stakes_TN1 = stakes(asked.history_N, self.rounds, problem)
        return episodes, stakes_TN1 * CREDITS[self.name](return_TNG, value_TNG), old_TNG

    def weights(self, asked: Asked, drawn: tuple[Episodes, Floats, Floats], logp_NA: Floats) -> Floats:
        """The (clipped) surrogate's weights."""
        episodes, credit_TNG, old_TNG = drawn
        ratio_TNG = np.exp(chosen_logps(logp_NA, episodes) - old_TNG)
        return score_weights(logp_NA, episodes, clipped(credit_TNG, ratio_TNG, self.clip))

    def begin_phase(self, reset_moments: bool) -> None:
        """Forget the reward's moments and the critic, if asked to."""
        if reset_moments:
            self.moments, self.value_H = [0.0, 0.0, 0.0], {}

    def to_json(self) -> dict[str, Any]:
        """See `Estimator`."""
        return {"moments": self.moments, "values": {str(h): value for h, value in self.value_H.items()}}

    def restore(self, document: dict[str, Any]) -> None:
        """See `Estimator`."""
        self.moments = [float(x) for x in document["moments"]]
        self.value_H = {int(h): float(value) for h, value in document["values"].items()}

    def _critic(self, history_TNG: Indices, return_TNG: Floats) -> Floats:
        """The value of each history before this batch, which then moves it; 0 for one never seen."""
        value_TNG: Floats = np.vectorize(lambda h: self.value_H.get(int(h), 0.0), otypes=[float])(history_TNG)
        for h in np.unique(history_TNG):
            mean = float(return_TNG[history_TNG == h].mean())
            before = self.value_H.get(int(h), mean)
            self.value_H[int(h)] = before + self.critic_rate * (mean - before)
        return value_TNG

    def _normalised(self, reward_TNG: Floats) -> Floats:
        count, mean, squares = self.moments
        both = count + reward_TNG.size
        delta = float(reward_TNG.mean()) - mean
        squares += float(((reward_TNG - reward_TNG.mean()) ** 2).sum()) + delta**2 * count * reward_TNG.size / both
        self.moments = [both, mean + delta * reward_TNG.size / both, squares]
        scaled_TNG: Floats = (reward_TNG - self.moments[1]) / (np.sqrt(self.moments[2] / both) + 1e-6)
        return scaled_TNG


def estimator(
    name: Name, *, samples: int, rounds: int, clip: float, epochs: int, normalise: bool, temperature: float
) -> Estimator:
    """The estimator of that name; the settings matter to sampled ones only (`epochs` to `ppo`)."""
    if name in ("exact", "memory-one"):
        return Exact()
    if name == "mirror":
        return Mirror(temperature)
    return Sampled(name, samples, rounds, clip, epochs if name == "ppo" else 1, normalise)
