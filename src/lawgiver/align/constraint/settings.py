"""How λ is searched for."""

from __future__ import annotations

import math
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Measured(Protocol):
    """A cost with its interval."""

    @property
    def cost(self) -> float:
        """The estimate."""

    @property
    def high(self) -> float:
        """Upper end of the interval."""


class SearchSettings(BaseModel):
    """Where to look, and when it is good enough."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tolerance: float = Field(default=0.02, gt=0)
    """A cost in [threshold − tolerance, threshold] ends the search: within budget, and little given away for it."""
    trainings: int = Field(default=3, ge=1)
    """At most so many, those of an interrupted search included."""
    minimum: float = Field(default=0.05, gt=0)
    """λ_min. A budget that is kept even here is kept almost for nothing."""
    maximum: float = Field(default=50.0, gt=0)
    """λ_max. A budget that is broken even here is out of reach."""
    growth: float = Field(default=3.0, gt=1)
    """The factor on λ where no slope is known."""
    resolution: float = Field(default=0.02, gt=0)
    """The width of a bracket in log λ below which a further training tells nothing."""
    by: Literal["estimate", "upper"] = "estimate"
    """What must be within budget: the measured cost, or the upper end of its interval."""

    @model_validator(mode="after")
    def _range_in_order(self) -> SearchSettings:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is above maximum {self.maximum:g}")
        return self

    def read(self, step: Measured) -> float:
        """The number that is compared with the budget."""
        return step.cost if self.by == "estimate" else step.high

    def within(self, multiplier: float) -> float:
        """Into [λ_min, λ_max]; exp(log(x)) may miss an end by a rounding, and an end has to be known as one."""
        for end in (self.minimum, self.maximum):
            if math.isclose(multiplier, end, rel_tol=1e-9):
                return end
        return min(max(multiplier, self.minimum), self.maximum)
