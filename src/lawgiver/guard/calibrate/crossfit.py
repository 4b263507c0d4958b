"""What thresholds do to rows that they were not fitted on: five folds, each judged by the other four."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lawgiver.data.preference.split import unit_interval
from lawgiver.guard.calibrate.fit import fit_output
from lawgiver.guard.calibrate.scale import Floats
from lawgiver.guard.metrics import share
from lawgiver.models.classifier.calibration_settings import CalibrationSettings

Bools: TypeAlias = NDArray[np.bool_]
FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """N rows as thresholds of other rows see them; what could not be judged is in neither."""

    flagged_N: Bools
    passed_N: Bools
    """Which are let pass without doubt."""
    judged_N: Bools
    """Which there were thresholds for."""

    def rates(self, positive_N: Bools, negative_N: Bools) -> dict[str, Any]:
        """False-positive rate, recall, and shares of what is missed and unsure, as Wilson intervals; None of none."""
        positive, negative = positive_N & self.judged_N, negative_N & self.judged_N
        unsure = self.judged_N & ~self.flagged_N & ~self.passed_N
        return {
            "fpr": share(int((self.flagged_N & negative).sum()), int(negative.sum())),
            "recall": share(int((self.flagged_N & positive).sum()), int(positive.sum())),
            "missed": share(int((self.passed_N & positive).sum()), int(positive.sum())),
            "unsure": share(int((unsure & (positive | negative)).sum()), int((positive | negative).sum())),
        }


def cross_fit(
    logit_N: Floats,
    label_N: Floats,
    language_N: Sequence[str],
    group_N: Sequence[str],
    settings: CalibrationSettings,
) -> Judged:
    """Judge every row by a fit on the folds it is not in; rows of a group are in one fold.

    A fold leaves a fifth out, so a language needs a fifth less rows for its own numbers than in the fit of all.

    Args:
        logit_N: log-odds.
        label_N: 1, 0, or NaN for unknown.
        language_N: ISO 639-1 codes, or empty.
        group_N: what must stay together.
        settings: as of the fit that is to be looked at.
    """
    fold_N = np.array([int(unit_interval(group, "guard:calibrate") * FOLDS) for group in group_N], dtype=int)
    fewer = settings.model_copy(update={"least": max(2, settings.least * (FOLDS - 1) // FOLDS)})
    flagged, passed, judged = (np.zeros(len(logit_N), dtype=bool) for _ in range(3))
    for fold in range(FOLDS):
        rest = np.flatnonzero(fold_N != fold)
        found = fit_output(logit_N[rest], label_N[rest], [language_N[i] for i in rest.tolist()], fewer)
        if found is None:
            continue
        for i in np.flatnonzero((fold_N == fold) & ~np.isnan(label_N)).tolist():
            fit = found.of(language_N[i])
            z = logit_N[i] / fit.temperature + fit.bias
            flagged[i], judged[i] = z > fit.flag_above, True
            passed[i] = not flagged[i] and fit.pass_below is not None and z < fit.pass_below
    return Judged(flagged, passed, judged)
