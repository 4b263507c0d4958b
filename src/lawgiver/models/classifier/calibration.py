"""`calibration.json`, which lies in a guard's folder: what it holds, whose it is, and how it is used. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lawgiver.data.files import read_text, sha256_bytes
from lawgiver.data.scenario import first_problem
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.models.classifier.card import CALIBRATION, classifier_sha256, find_classifier, is_exported
from lawgiver.models.classifier.exported import read_export_card
from lawgiver.outcome import ConfigurationError

UNSAFE = "unsafe"
"""The output that a guard always has."""
EDGE = 1e-15
"""Probabilities nearer to 0 or 1 are taken as this far from it, so that their log-odds are finite."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fit(_Part):
    """The numbers of one output in one language, or in all of them."""

    positive: int = Field(ge=0)
    """Rows in which the output was to be found."""
    negative: int = Field(ge=0)
    """Rows in which it was not."""
    temperature: float = Field(gt=0, allow_inf_nan=False)
    bias: float = Field(allow_inf_nan=False)
    """In log-odds, added after dividing by the temperature."""
    flag_above: float = Field(allow_inf_nan=False)
    """In calibrated log-odds: what is above is flagged."""
    pass_below: float | None = Field(allow_inf_nan=False)
    """In calibrated log-odds: what is below is let pass without doubt; None where nothing may be."""

    def log_odds(self, probability: float) -> float:
        """Calibrated log-odds of what the guard itself says, in [0, 1]."""
        p = min(max(probability, EDGE), 1 - EDGE)
        return (math.log(p) - math.log1p(-p)) / self.temperature + self.bias

    def probability(self, probability: float) -> float:
        """The calibrated probability."""
        return _sigmoid(self.log_odds(probability))

    def score(self, probability: float) -> float:
        """The calibrated odds relative to those at the threshold, as a number in [0, 1] that is above ½ if flagged."""
        return _sigmoid(self.log_odds(probability) - self.flag_above)

    def unsure(self, probability: float) -> bool:
        """Whether it is neither flagged nor surely let pass."""
        z = self.log_odds(probability)
        return z <= self.flag_above and (self.pass_below is None or z >= self.pass_below)


class OutputFit(_Part):
    """One output of the guard."""

    pooled: Fit
    """Of all languages, for one that is not in `languages`."""
    languages: Mapping[str, Fit] = Field(default_factory=dict)
    """By ISO 639-1 code, where there were rows enough."""

    def of(self, language: str) -> Fit:
        """The numbers of a language, else those of all."""
        return self.languages.get(language, self.pooled)


class Calibration(_Part):
    """All of `calibration.json`."""

    format: Literal[1] = 1
    guard_sha256: str
    """Of the guard that was asked."""
    scores_sha256: str
    """Of the rows' ids, labels, languages and scores."""
    settings: CalibrationSettings
    outputs: Mapping[str, OutputFit]
    """By name; an output that is not here stays as it is, but `unsafe` always is."""

    @model_validator(mode="after")
    def _speaks_of_unsafe(self) -> Calibration:
        if UNSAFE not in self.outputs:
            raise ValueError("outputs: unsafe is missing")
        return self

    @property
    def sha256(self) -> str:
        """Of what is stored."""
        return sha256_bytes(self.model_dump_json().encode())

    def scores(self, probabilities: Mapping[str, float], language: str) -> dict[str, float]:
        """What the guard says of each output, as `Fit.score`."""
        return {
            name: self.outputs[name].of(language).score(p) if name in self.outputs else p
            for name, p in probabilities.items()
        }


def read_calibration(guard: Path, sha256: str | None = None) -> Calibration | None:
    """The calibration in a guard's folder, if there is one.

    An exported guard may have that of the guard it was made from, or its own.

    Args:
        guard: its folder, or the run that trained it.
        sha256: of the guard, if it is known; reading it takes time.

    Raises:
        ConfigurationError: if it is damaged, or was made for another guard.
    """
    where = find_classifier(guard) / CALIBRATION
    if not where.exists():
        return None
    try:
        found = Calibration.model_validate_json(read_text(where))
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {first_problem(error)}; calibrate again, or remove it") from None
    folder = where.parent
    source = read_export_card(folder).source.sha256 if is_exported(folder) else None
    if found.guard_sha256 not in (sha256 or classifier_sha256(folder), source):
        raise ConfigurationError(
            f"{where}: guard_sha256: it was made for another guard; run lawgiver guard calibrate again, or remove it"
        )
    return found


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
