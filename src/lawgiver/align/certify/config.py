"""What is asked of a certificate, before anything is read."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class CertifyConfig(BaseModel):
    """Everything that decides a certificate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: tuple[Path, ...] = Field(min_length=1)
    """The evaluation run to certify; several only with `select`, which says which of them it is."""
    select: tuple[Path, ...] = ()
    """Runs of the candidates on another split, to choose among."""
    selected_on: tuple[Path, ...] = ()
    """Runs that were looked at when the choice was made elsewhere."""
    constraints: tuple[str, ...] = ()
    """Names of constraints; none for all of the charter's."""
    confidence: float | None = Field(default=None, ge=0.5, lt=1)
    """Instead of each constraint's own."""
    confusion: Path | None = None
    """Counts of the scorer's hits and misses on labelled rows."""
    labelled: Path | None = None
    """Labelled rows themselves."""
    charter: Path | None = None
    """Where the charter is now, if not where the run found it."""
