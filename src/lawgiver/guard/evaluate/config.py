"""Everything that decides an evaluation of a guard."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lawgiver.guard.metrics import RESAMPLES, THRESHOLD


class GuardEvaluateConfig(BaseModel):
    """What is measured on which texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str
    """A guard by name: see `guard.registry.open_scorer`."""
    data: str = ""
    """The folder of published files; empty if `sets` names none of theirs."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; none takes all there are."""
    sets: tuple[str, ...] = ()
    """Names of the six published sets and `parallel`, which ships; none takes the published ones there are."""
    roles: bool = False
    """Give BeaverTails as user and assistant, not joined by a blank as published."""
    threshold: float = Field(default=THRESHOLD, ge=0, lt=1)
    """A text is flagged strictly above it."""
    limit: int | None = Field(default=None, ge=1)
    """Only so many rows of each file, evenly spread; for a quick look, never for a result."""
    suites: tuple[str, ...] = ()
    """Operators that rewrite texts and keep what they ask for; each is a suite of its own."""
    suite_rows: int = Field(default=200, ge=1)
    """Texts of each language and label that a suite rewrites, evenly spread over its sets."""
    resamples: int = Field(default=RESAMPLES, ge=100)
    """Of every bootstrap."""
    errors: int = Field(default=5, ge=0)
    """Of each language and set, so many of the worst misses and so many of the worst false alarms are kept."""
    max_failed: float = Field(default=0.05, ge=0, le=1)
    """Share of texts that may fail before the run stops."""
    seed: int = 0
    """For the suites' operators."""
