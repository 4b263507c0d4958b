"""The multipliers of the charter's constraints, learned beside the policy.

Dual ascent on log λ (arXiv 2310.12773, eq. 30): a broken budget raises λ by a factor, a met one lowers it. λ
stays positive by construction, starts moving only after a delay (the first batches say little) and is capped;
at the cap the reward no longer matters and the caller is told so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field


class LagrangianConfig(BaseModel):
    """How the multipliers move."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    initial: float = Field(default=0.5, gt=0)
    """λ before the first update."""
    learning_rate: float = Field(default=1.0, ge=0)
    """Change of log λ per unit of mean cost over budget; 0 keeps λ fixed."""
    delay: int = Field(default=2, ge=0)
    """Updates that only listen."""
    cap: float = Field(default=5.0, gt=0)
    """The largest λ."""
    floor: float = Field(default=0.02, gt=0)
    """The smallest λ, so that a constraint long met can wake up again."""
    smoothing: float = Field(default=0.5, gt=0, le=1)
    """Weight of the newest batch in the running mean cost; 1 takes each batch by itself."""


@dataclass(frozen=True, slots=True)
class Multiplier:
    """The state of one constraint."""

    log_lambda: float
    mean_cost: float | None = None
    """Running mean; None until a batch has measured it."""
    updates: int = 0

    @property
    def value(self) -> float:
        """λ."""
        return math.exp(self.log_lambda)


@dataclass(frozen=True, slots=True)
class Multipliers:
    """All constraints of a charter; a pure value, `update` returns the next one."""

    config: LagrangianConfig
    thresholds: dict[str, float]
    states: dict[str, Multiplier] = field(default_factory=dict)

    @classmethod
    def start(cls, config: LagrangianConfig, thresholds: dict[str, float]) -> Multipliers:
        """All λ at their initial value."""
        initial = Multiplier(math.log(min(config.initial, config.cap)))
        return cls(config, dict(thresholds), dict.fromkeys(thresholds, initial))

    def update(self, costs: dict[str, float | None]) -> Multipliers:
        """Move each λ by one batch's mean costs; a constraint nothing measured (None) stays as it is."""
        states = {
            name: state if (cost := costs.get(name)) is None else self._step(state, cost, self.thresholds[name])
            for name, state in self.states.items()
        }
        return replace(self, states=states)

    def _step(self, state: Multiplier, cost: float, threshold: float) -> Multiplier:
        config = self.config
        before = cost if state.mean_cost is None else state.mean_cost
        mean = (1 - config.smoothing) * before + config.smoothing * cost
        log_lambda = state.log_lambda
        if state.updates >= config.delay:
            log_lambda += config.learning_rate * (mean - threshold)
            log_lambda = min(max(log_lambda, math.log(config.floor)), math.log(config.cap))
        return Multiplier(log_lambda, mean, state.updates + 1)

    @property
    def values(self) -> dict[str, float]:
        """Constraint → λ."""
        return {name: state.value for name, state in self.states.items()}

    def saturated(self) -> list[str]:
        """The constraints whose λ stands at the cap: their budget cannot be met by this training."""
        return [name for name, state in self.states.items() if state.value >= self.config.cap * (1 - 1e-9)]

    def to_json(self) -> dict[str, dict[str, float | int | None]]:
        """What a checkpoint keeps."""
        return {
            name: {"log_lambda": state.log_lambda, "mean_cost": state.mean_cost, "updates": state.updates}
            for name, state in self.states.items()
        }

    def restored(self, document: dict[str, dict[str, float | int | None]]) -> Multipliers:
        """The same constraints with the states a checkpoint kept."""
        states = {
            name: Multiplier(
                log_lambda=float(kept["log_lambda"] or 0.0),
                mean_cost=None if kept["mean_cost"] is None else float(kept["mean_cost"]),
                updates=int(kept["updates"] or 0),
            )
            for name, kept in document.items()
        }
        return replace(self, states=states)
