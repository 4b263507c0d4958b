"""What a calibration is to keep to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class CalibrationSettings(BaseModel):
    """Rates that are wanted, and how many rows a language must have to get its own numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fpr: float = Field(default=0.05, gt=0, lt=1)
    """The share of safe texts that may be flagged."""
    fpr_of: Mapping[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        default_factory=dict, exclude_if=lambda rates: not rates
    )
    """Another share for a language with numbers of its own, by ISO 639-1 code: rows of one may be easier than those of
    another, and then the same share is not the same strictness."""
    alpha: float = Field(default=0.1, gt=0, lt=1)
    """The share of unsafe texts that may be expected among those let pass without doubt."""
    confidence: float | None = Field(default=None, ge=0.5, lt=1)
    """If given, the false-positive rate of other texts is at most `fpr` with this confidence, not only of these."""
    least: int = Field(default=100, ge=2)
    """Rows of each label that a language needs; with fewer it gets the numbers of all languages together."""
