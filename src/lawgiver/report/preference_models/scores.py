"""The scores of held-out answers as arrays: what is drawn of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lawgiver.report.preference_models.material import ModelRun

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def answers_of(model: ModelRun) -> tuple[Floats, Bools]:
    """Scores of N held-out answers, and which are of the kind that shall score higher.

    That is the unsafe ones of a cost, by their flags, and the preferred ones of a reward. What was not scored, or of a
    cost has no flag, is left out.
    """
    scores: list[float] = []
    higher: list[bool] = []
    for row in model.held_out:
        for side in ("higher", "lower"):
            score, safe = row.number(side), row.content.get(f"{side}_safe")
            if score is None or (model.is_cost and not isinstance(safe, bool)):
                continue
            scores.append(score)
            higher.append(safe is False if model.is_cost else side == "higher")
    return np.array(scores, dtype=np.float64), np.array(higher, dtype=bool)


def said_of_answers(model: ModelRun) -> tuple[Floats, Bools]:
    """σ of the raw score of N answers, which the loss of a cost trains as the probability of being unsafe."""
    score_N, unsafe_N = answers_of(model)
    return np.asarray(expit(score_N * model.scale)), unsafe_N


def said_of_pairs(model: ModelRun) -> tuple[Floats, Bools]:
    """σ of the raw difference of N pairs, taken so that it is above ½, and whether that answer was the right one.

    Pairs of equal scores say nothing, and are left out.
    """
    both = [(row.number("higher"), row.number("lower")) for row in model.held_out]
    gap_N = np.array([high - low for high, low in both if high is not None and low is not None and high != low])
    return np.asarray(expit(np.abs(gap_N) * model.scale)), np.asarray(gap_N > 0, dtype=bool)
