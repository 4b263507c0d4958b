"""Weights that follow the values: what lags behind gets more of the say.

The four strategies of ArGen's adaptive weighting (arXiv 2509.07006), over running means μ and deviations σ of
each principle's reward, with a floor that holds: ArGen's "floor" is renormalised away again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Array = npt.NDArray[np.float64]
Strategy = Literal["fixed", "mean_inverse", "target_weighted", "target_floor", "equal_contribution"]
EPSILON = 1e-3


class WeightingConfig(BaseModel):
    """How the weights of the principles move."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: Strategy = "fixed"
    """`fixed` keeps the charter's weights."""
    floor: float = Field(default=0.1, ge=0, lt=1)
    """No weight falls below; floor × number of principles must be ≤ 1."""
    smoothing: float = Field(default=0.05, gt=0, le=1)
    """Weight of the newest batch in the running mean."""
    initial_mean: float = Field(default=0.3, gt=0, le=1)
    """The running mean before the first batch."""


def with_floor(weights_K: Array, floor: float) -> Array:
    """Normalise positive weights to sum 1 with none below `floor`, the rest in proportion.

    Raises:
        ValueError: if K × floor > 1, which no weights satisfy.
    """
    count = len(weights_K)
    if count * floor > 1 + 1e-12:
        raise ValueError(f"weighting.floor: {count} principles × {floor} is more than 1; lower the floor")
    weights: Array = weights_K / weights_K.sum()
    low = np.zeros(count, dtype=bool)
    # each round fixes at least one more weight at the floor, so K rounds suffice
    for _ in range(count):
        short = ~low & (weights < floor - 1e-15)
        if not short.any():
            break
        low |= short
        weights = np.where(low, floor, weights)
        free = ~low
        if free.any():
            weights[free] *= (1 - floor * low.sum()) / weights[free].sum()
    return weights


def adaptive_weights(strategy: Strategy, target_K: Array, mean_K: Array, deviation_K: Array, floor: float) -> Array:
    """Weights of the principles for the next step; sum 1, each ≥ floor.

    Args:
        strategy: `mean_inverse` w ∝ 1/μ; `target_weighted` w ∝ t/μ; `target_floor` the same, but none
            below its target share t; `equal_contribution` w ∝ t·mean(σ)/σ; `fixed` w = t.
        target_K: the charter's weights.
        mean_K: running mean of each reward, 0..1.
        deviation_K: running standard deviation of each reward.
        floor: the least weight.
    """
    mean_K = np.maximum(mean_K, EPSILON)
    match strategy:
        case "fixed":
            return with_floor(target_K, 0.0)
        case "mean_inverse":
            return with_floor(1 / mean_K, floor)
        case "target_weighted":
            return with_floor(target_K / mean_K, floor)
        case "target_floor":
            raised_K = target_K / mean_K
            share_K = target_K / target_K.sum()
            return with_floor(np.maximum(raised_K / raised_K.sum(), share_K), floor)
        case "equal_contribution":
            deviation_K = np.maximum(deviation_K, EPSILON)
            return with_floor(target_K * deviation_K.mean() / deviation_K, floor)


@dataclass(frozen=True, slots=True)
class Weighting:
    """Running statistics of each principle; a pure value, `update` returns the next one."""

    config: WeightingConfig
    target_K: Array
    mean_K: Array
    variance_K: Array

    @classmethod
    def start(cls, config: WeightingConfig, target_K: Array) -> Weighting:
        """The charter's weights, nothing measured yet."""
        with_floor(target_K, config.floor if config.strategy != "fixed" else 0.0)  # a bad floor fails before training
        mean_K = np.full_like(target_K, config.initial_mean)
        return cls(config, target_K, mean_K, np.full_like(target_K, 0.05))

    def update(self, rewards_NK: Array) -> Weighting:
        """Take in one batch of N completions; NaN where a principle was not scored."""
        mean_K, variance_K = self.mean_K.copy(), self.variance_K.copy()
        step = self.config.smoothing
        for k in range(rewards_NK.shape[1]):
            scored_N = rewards_NK[~np.isnan(rewards_NK[:, k]), k]
            if len(scored_N):
                mean_K[k] += step * (scored_N.mean() - mean_K[k])
                variance_K[k] += step * (scored_N.var() - variance_K[k])
        return replace(self, mean_K=mean_K, variance_K=variance_K)

    @property
    def weights_K(self) -> Array:
        """Weights for the next step."""
        config = self.config
        return adaptive_weights(config.strategy, self.target_K, self.mean_K, np.sqrt(self.variance_K), config.floor)

    def to_json(self) -> dict[str, list[float]]:
        """What a checkpoint keeps."""
        return {"mean": self.mean_K.tolist(), "variance": self.variance_K.tolist()}

    def restored(self, document: dict[str, list[float]]) -> Weighting:
        """The same targets with the statistics a checkpoint kept."""
        return replace(self, mean_K=np.array(document["mean"]), variance_K=np.array(document["variance"]))
