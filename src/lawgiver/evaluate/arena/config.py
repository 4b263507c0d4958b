"""Everything that decides an arena."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ArenaConfig(BaseModel):
    """Who competes, in what, and what is measured beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    base: str
    """Whom the others are measured against: RUN, or NAME=RUN,RUN for several seeds of one model."""
    models: tuple[str, ...] = Field(min_length=1)
    """The others, each as `base`."""
    wanted: str = "score"
    """What is to be large: a principle by name, or `score`."""
    constraint: str
    """What is to be small: a constraint by name."""
    over_refusal: str = "over_refusal"
    """The constraint that says an everyday question was refused; looked at with `lookalike` alone."""
    lookalike: tuple[str, str] | None = None
    """Label and value of the benign scenarios that sound dangerous; None leaves over-refusal out."""
    reference: tuple[float, float] = (0.0, 1.0)
    """Wanted and cost of the worst point: hypervolume is the area between it and the models."""
    judges: tuple[str, ...] = ()
    """Rubrics for a language model that compares answers: `helpful`, `harmless`, or a file."""
    retention: bool = False
    """Whether the models are loaded and asked what they still know."""
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap resamples of prompts."""

    @model_validator(mode="after")
    def _each_judge_once(self) -> ArenaConfig:
        if len(set(self.judges)) != len(self.judges):
            raise ValueError("a judge is named twice; name each rubric once")
        return self
