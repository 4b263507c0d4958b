"""The texts a guard is most wrong about, kept with the run so that a page can show them without the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.scored import Scored

MOST = 2000
"""Characters of a text that are kept."""


def worst_errors(config: GuardEvaluateConfig, scored: Scored) -> Iterator[dict[str, Any]]:
    """Of every language and set the misses with the lowest scores, and the false alarms with the highest.

    Args:
        config: how many of each, and the threshold.
        scored: the run's rows; what suites rewrote is left out.
    """
    base = scored.where(lambda question: not question.suite)
    for language, name in dict.fromkeys((q.row.example.language, q.row.set) for q in base.questions):
        part = base.of(language, name)
        flagged_N = part.score_N > config.threshold
        wrong_N = part.known_N & (flagged_N != part.unsafe_N)
        order = np.argsort(part.score_N, kind="stable")
        missed = [i for i in order if wrong_N[i] and part.unsafe_N[i]][: config.errors]
        alarms = [i for i in order[::-1] if wrong_N[i] and not part.unsafe_N[i]][: config.errors]
        for i in (*missed, *alarms):
            row = part.questions[i].row
            said = part.categories(i)
            yield {
                "id": row.example.id,
                **{"language": language, "set": name, "kinds": list(row.kinds)},
                "kind": "missed" if row.example.unsafe else "false_alarm",
                "score": float(part.score_N[i]),
                "said": max(said, key=said.__getitem__) if said else None,
                "categories": [category for category, held in row.example.categories.items() if held],
                "text": row.example.scored[:MOST],
                "cut": len(row.example.scored) > MOST,
            }
