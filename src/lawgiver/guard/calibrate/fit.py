"""Everything of one output: all languages together, and each that has rows enough by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.guard.calibrate.conformal import pass_below
from lawgiver.guard.calibrate.scale import Floats, fit_scale
from lawgiver.guard.calibrate.threshold import flag_above
from lawgiver.models.classifier.calibration import Fit, OutputFit
from lawgiver.models.classifier.calibration_settings import CalibrationSettings

HAIR = 1e-6
"""In log-odds: thresholds stand this far off a row's own score, whose last digits depend on its batch."""


def fit_output(
    logit_N: ArrayLike, label_N: ArrayLike, language_N: Sequence[str], settings: CalibrationSettings
) -> OutputFit | None:
    """Fit one output.

    Args:
        logit_N: log-odds of N rows.
        label_N: 1, 0, or NaN where nobody said; such rows are left out.
        language_N: ISO 639-1 codes; the empty one counts for all languages together only.
        settings: rates, and how many rows are enough.

    Returns:
        None where there are too few rows even of all languages together.
    """
    logit, label = np.asarray(logit_N, dtype=np.float64), np.asarray(label_N, dtype=np.float64)
    known = ~np.isnan(label)
    languages = np.asarray(language_N, dtype=object)
    pooled = _fit(logit[known], label[known] > 0.5, settings, settings.fpr)
    if pooled is None:
        return None
    own = {}
    for language in sorted({each for each in languages[known] if each}):
        here = known & (languages == language)
        fpr = settings.fpr_of.get(str(language), settings.fpr)
        if (found := _fit(logit[here], label[here] > 0.5, settings, fpr)) is not None:
            own[str(language)] = found
    return OutputFit(pooled=pooled, languages=own)


def _fit(logit_N: Floats, positive_N: ArrayLike, settings: CalibrationSettings, fpr: float) -> Fit | None:
    positive = np.asarray(positive_N).astype(bool)
    counts = int(positive.sum()), int((~positive).sum())
    if min(counts) < settings.least:
        return None
    scale = fit_scale(logit_N, positive)
    z = logit_N / scale.temperature + scale.bias
    above = flag_above(z, positive, fpr, settings.confidence)
    if above is None:
        return None
    below = pass_below(z, positive, settings.alpha)
    return Fit(
        positive=counts[0],
        negative=counts[1],
        temperature=scale.temperature,
        bias=scale.bias,
        flag_above=above + HAIR,
        pass_below=None if below is None else below - HAIR,
    )
