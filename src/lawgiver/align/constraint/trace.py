"""What a search for λ has done so far: enough to read it, plot it, and go on from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lawgiver.data.files import atomic_write, read_text
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

MAX_BYTES = 1 << 20
"""A trace is a few steps; a larger file is none."""

Decision = Literal["start", "newton", "proportion", "secant", "stride", "inside"]
"""How a λ was chosen: the dual's; its slope; the first training; by two of them; by a factor; in a bracket."""


class Beside(BaseModel):
    """The cost of another constraint than the one that is searched."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    cost: float
    """As its scope has it; higher is worse."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end of its interval."""
    threshold: float
    """Its budget."""


class Step(BaseModel):
    """One training and what it measured."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    multiplier: float = Field(gt=0)
    """λ."""
    temperature: float = Field(gt=0)
    """What the loss was given: β/λ, or β where λ is in the labels."""
    decision: Decision
    """How λ was chosen."""
    reason: str = Field(max_length=500)
    """The same for people."""
    cost: float
    """What was measured: the mean cost, or what the constraint's scope has instead; higher is worse."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end of its interval."""
    run: str = Field(default="", max_length=4096)
    """Where the training left its model."""
    note: str = Field(default="", max_length=500)
    """What to know of the measurement, e.g. which category was the worst."""
    beside: dict[str, Beside] = Field(default_factory=dict)
    """Constraint → its cost, of those that were measured and do not decide."""
    warm_from: float | None = Field(default=None, gt=0)
    """λ of the training whose weights this one began with; None where it began at its reference."""

    @model_validator(mode="after")
    def _in_order(self) -> Step:
        if not self.low <= self.cost <= self.high:
            raise ValueError(f"the interval [{self.low:g}, {self.high:g}] does not hold the cost {self.cost:g}")
        return self


class Trace(BaseModel):
    """All steps of one search, oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    threshold: float
    """The budget that the cost must not exceed."""
    beta: float = Field(gt=0)
    """The problem's KL temperature."""
    steps: tuple[Step, ...] = Field(default=(), max_length=1000)

    def add(self, step: Step) -> Trace:
        """The trace with one step more."""
        return self.model_copy(update={"steps": (*self.steps, step)})

    def to_json(self) -> dict[str, Any]:
        """For a run directory."""
        return self.model_dump(mode="json")

    def write(self, path: Path) -> None:
        """Write it whole or not at all."""
        atomic_write(path, json.dumps(self.to_json(), indent=2))


def read_trace(path: Path) -> Trace:
    """Read what `Trace.write` wrote.

    Raises:
        ConfigurationError: if the file is missing, too large, or not a trace.
    """
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ConfigurationError(f"{path}: larger than {MAX_BYTES} bytes; this is no trace of a search")
    try:
        return Trace.model_validate_json(read_text(path))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {first_problem(error)}; delete it to begin the search anew") from None
