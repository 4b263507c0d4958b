"""All outputs of a guard, fitted and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lawgiver.guard.calibrate.crossfit import cross_fit
from lawgiver.guard.calibrate.fit import fit_output
from lawgiver.guard.calibrate.scale import Floats, log_odds
from lawgiver.guard.classifier.heads import OUTPUTS, UNSAFE, targets_of
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore
from lawgiver.models.classifier.calibration import OutputFit
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.outcome import ConfigurationError


def fit_outputs(
    examples: Sequence[Example], scores: Sequence[GuardScore], settings: CalibrationSettings
) -> tuple[dict[str, OutputFit], list[dict[str, Any]]]:
    """Fit every output of the guard there are rows enough for.

    Args:
        examples: N rows.
        scores: what the guard says of them, uncalibrated.
        settings: rates and numbers of rows.

    Returns:
        Output → its fit; and what is told of it, a row for every output and language.

    Raises:
        ConfigurationError: if there are too few rows for `unsafe`.
    """
    labels_NO = targets_of(examples).astype(np.float64)
    fits: dict[str, OutputFit] = {}
    rows: list[dict[str, Any]] = []
    for column, name in enumerate(OUTPUTS):
        logit_N = log_odds([_said(score, name) for score in scores])
        found = fit_output(logit_N, labels_NO[:, column], [each.language for each in examples], settings)
        if found is not None:
            fits[name] = found
            rows += _rows(name, found, examples, logit_N, labels_NO[:, column], settings)
    if UNSAFE not in fits:
        unsafe = sum(example.unsafe for example in examples)
        raise ConfigurationError(
            f"{unsafe} unsafe and {len(examples) - unsafe} safe rows are too few for a false-positive rate of "
            f"{settings.fpr:g}: each label needs {settings.least}, a confidence more; add rows, or ask for less"
        )
    return fits, rows


def _said(score: GuardScore, name: str) -> float:
    return score.unsafe if name == UNSAFE else score.categories[name]


def _rows(
    name: str,
    found: OutputFit,
    examples: Sequence[Example],
    logit_N: Floats,
    label_N: Floats,
    settings: CalibrationSettings,
) -> list[dict[str, Any]]:
    """One for all languages together, and one for each."""
    languages = [example.language for example in examples]
    groups = [example.group or example.id for example in examples]
    judged = cross_fit(logit_N, label_N, languages, groups, settings)
    rows = []
    for language in (None, *sorted(set(languages))):
        here = np.array([language in (None, each) for each in languages])
        positive, negative = here & (label_N == 1), here & (label_N == 0)
        if not (positive.any() or negative.any()):
            continue
        fit = found.pooled if language is None else found.of(language)
        rows.append(
            {
                "output": name,
                "language": language,
                "own": language is None or language in found.languages,
                "positive": int(positive.sum()),
                "negative": int(negative.sum()),
                **fit.model_dump(include={"temperature", "bias", "flag_above", "pass_below"}),
                **judged.rates(positive, negative),
            }
        )
    return rows
