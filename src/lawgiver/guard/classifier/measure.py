"""How training is going, by the examples that it does not see: a few numbers, for watching only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from lawgiver.guard.classifier.heads import OUTPUTS, UNSAFE, targets_of
from lawgiver.guard.example import Example
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Outcome, Value


def watch(examples: Sequence[Example], outcomes: Sequence[Outcome[Prediction]]) -> dict[str, float | int]:
    """Average precision, AUROC and F1 at ½ of `unsafe`, its log loss, and the mean average precision of categories.

    Examples without a value are counted and not scored. A number that cannot be computed is left out.
    """
    scored = [(e, o.value) for e, o in zip(examples, outcomes, strict=True) if isinstance(o, Value)]
    result: dict[str, float | int] = {"examples": len(scored), "unscored": len(examples) - len(scored)}
    if not scored:
        return result
    targets_NO = targets_of([example for example, _ in scored])
    scores_NO = np.array([[prediction.probabilities[name] for name in OUTPUTS] for _, prediction in scored])
    at = OUTPUTS.index(UNSAFE)
    unsafe_N, p_N = targets_NO[:, at] > 0.5, scores_NO[:, at]
    result["f1"] = float(f1_score(unsafe_N, p_N > 0.5, zero_division=0.0))
    result["log_loss"] = float(-np.log(np.clip(np.where(unsafe_N, p_N, 1 - p_N), 1e-12, 1)).mean())
    if 0 < unsafe_N.sum() < len(unsafe_N):
        result["auprc"] = float(average_precision_score(unsafe_N, p_N))
        result["auroc"] = float(roc_auc_score(unsafe_N, p_N))
    categories = [ap for column in range(len(OUTPUTS)) if column != at and (ap := _ap(targets_NO, scores_NO, column))]
    if categories:
        result["category_auprc"] = float(np.mean(categories))
        result["categories"] = len(categories)
    return result


def _ap(targets_NO: npt.NDArray[np.float32], scores_NO: npt.NDArray[np.float64], column: int) -> float | None:
    known_N = ~np.isnan(targets_NO[:, column])
    applies_N = targets_NO[known_N, column] > 0.5
    if not 0 < applies_N.sum() < len(applies_N):
        return None
    return float(average_precision_score(applies_N, scores_NO[known_N, column]))
