"""What the dual is computed from: K sampled answers to each of P prompts, and what each of them costs.

Inside, a constraint is a *margin*: threshold − cost, positive where an answer is within budget. A cost that abstained
leaves the answer out of that constraint's mean, as everywhere else: `E[cost | it applies] ≤ d` and
`E[applies · (d − cost)] ≥ 0` say the same, so its margin is exactly 0. An answer whose score failed is left out
altogether and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from lawgiver.outcome import ConfigurationError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scored samples of one policy. P prompts, K samples, C constraints."""

    names: tuple[str, ...]
    """Of the C constraints."""
    thresholds_C: Array
    """A constraint is met when its mean cost is at most this."""
    costs_PKC: Array
    """Higher is worse; 0 where it does not apply or was not scored, which `applies_PKC` tells from a real 0."""
    applies_PKC: Mask
    """Where a cost was measured."""
    rewards_PK: Array
    """In the unit of λ's numerator; all 0 if the samples are those of the policy that already has its reward."""
    log_prior_PK: Array
    """Log-weight of each sample in its prompt, normalised; −inf for one that failed."""
    failed: int = 0
    """Samples left out because a score failed."""
    dropped_prompts: int = 0
    """Prompts left out because fewer than two samples were usable."""

    @property
    def margins_PKC(self) -> Array:
        """Threshold − cost where it applies, else 0; positive is within budget."""
        margins: Array = np.where(self.applies_PKC, self.thresholds_C - self.costs_PKC, 0.0)
        return margins

    @classmethod
    def from_costs(
        cls,
        costs_PKC: npt.ArrayLike,
        thresholds_C: npt.ArrayLike,
        *,
        rewards_PK: npt.ArrayLike | None = None,
        failed_PK: npt.ArrayLike | None = None,
        log_prior_PK: npt.ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> Scores:
        """Take costs as a charter declares them: met when the mean cost is at most the threshold.

        Args:
            costs_PKC: finite, or NaN where the cost abstained. `(P, K)` is read as one constraint.
            thresholds_C: one a constraint.
            rewards_PK: finite where the sample did not fail. Leave out if the samples come from the policy that
                already has its reward (the model of stage 1), which keeps the weights far more even.
            failed_PK: samples some score of which failed.
            log_prior_PK: log-weights of the samples, if not equal; for tables, the policy's log-probabilities.
            names: of the constraints, for messages.

        Raises:
            ConfigurationError: if shapes differ, a number is infinite, or nothing is left to compute from.
        """
        costs = np.asarray(costs_PKC, dtype=np.float64)
        costs = costs[..., None] if costs.ndim == 2 else costs
        thresholds = np.atleast_1d(np.asarray(thresholds_C, dtype=np.float64))
        if costs.ndim != 3 or 0 in costs.shape or thresholds.shape != costs.shape[2:]:
            raise ConfigurationError(
                f"costs have shape {costs.shape} for {thresholds.size} threshold(s); "
                "give (prompts, samples, constraints)"
            )
        grid = costs.shape[:2]
        named = tuple(names) if names is not None else tuple(f"constraint {c + 1}" for c in range(thresholds.size))
        rewards = np.zeros(grid) if rewards_PK is None else np.asarray(rewards_PK, dtype=np.float64)
        failed = np.zeros(grid, dtype=bool) if failed_PK is None else np.asarray(failed_PK, dtype=bool)
        prior = np.zeros(grid) if log_prior_PK is None else np.asarray(log_prior_PK, dtype=np.float64)
        for label, shape in (("rewards", rewards.shape), ("failed", failed.shape), ("log_prior", prior.shape)):
            if shape != grid:
                raise ConfigurationError(f"{label} have shape {shape}, costs are for {grid}; score the same samples")
        if len(named) != thresholds.size:
            raise ConfigurationError(f"{len(named)} names for {thresholds.size} constraints; give one each")
        if not np.isfinite(thresholds).all() or np.isinf(costs[~failed]).any():
            raise ConfigurationError("a threshold or a cost is infinite or no number; mark such samples as failed")
        if (
            not np.isfinite(rewards[~failed]).all()
            or np.isnan(prior[~failed]).any()
            or np.isposinf(prior[~failed]).any()
        ):
            raise ConfigurationError("a reward or a weight is infinite or no number; mark such samples as failed")
        return cls._usable(named, thresholds, costs, rewards, np.where(failed, -np.inf, prior), failed)

    @classmethod
    def from_gains(
        cls,
        gains_PKC: npt.ArrayLike,
        floors_C: npt.ArrayLike,
        *,
        rewards_PK: npt.ArrayLike | None = None,
        **more: Any,
    ) -> Scores:
        """Take safety as papers do: higher is safer, met when the mean gain is at least the floor (c = −g, d = −b).

        The other arguments are those of `from_costs`, whose errors it raises.
        """
        costs, thresholds = -np.asarray(gains_PKC, dtype=np.float64), -np.asarray(floors_C, dtype=np.float64)
        return cls.from_costs(costs, thresholds, rewards_PK=rewards_PK, **more)

    @classmethod
    def _usable(
        cls, names: tuple[str, ...], thresholds: Array, costs: Array, rewards: Array, prior: Array, failed: Mask
    ) -> Scores:
        usable_PK = np.isfinite(prior)
        kept_P = usable_PK.sum(axis=1) >= 2  # one answer cannot be preferred to any other
        applies = (~np.isnan(costs) & usable_PK[..., None])[kept_P]
        if not kept_P.any():
            raise ConfigurationError("no prompt has two scored answers; sample more (16 a prompt) or mend the scorer")
        for c, name in enumerate(names):
            if not applies[..., c].any():
                raise ConfigurationError(f"the cost of {name} was measured on no answer; it cannot be constrained")
        kept = usable_PK[kept_P]
        return cls(
            names=names,
            thresholds_C=thresholds,
            costs_PKC=np.where(applies, costs[kept_P], 0.0),
            applies_PKC=applies,
            rewards_PK=np.where(kept, rewards[kept_P], 0.0),
            log_prior_PK=prior[kept_P] - logsumexp(prior[kept_P], axis=1, keepdims=True),
            failed=int(failed.sum()),
            dropped_prompts=int((~kept_P).sum()),
        )
