"""A precision-recall curve of so few points that a page can hold one for every set and language."""

from __future__ import annotations

import numpy as np

from lawgiver.guard.metrics.ranking import flagged
from lawgiver.guard.metrics.tally import Tally

POINTS = 60


def precision_recall(counts: Tally, points: int = POINTS) -> list[tuple[float, float]]:
    """(recall, precision) of one sample as the threshold comes down; empty without unsafe texts.

    Args:
        counts: of the sample.
        points: at most so many, evenly spread over recall; the last has recall 1.
    """
    hits, false = flagged(counts)
    if not hits[-1]:
        return []
    recall, precision = hits / hits[-1], hits / (hits + false)
    if len(recall) > points:
        chosen = np.unique(np.searchsorted(recall, np.linspace(recall[0], 1, points)))
        recall, precision = recall[chosen], precision[chosen]
    return [(float(x), float(y)) for x, y in zip(recall, precision, strict=True)]
