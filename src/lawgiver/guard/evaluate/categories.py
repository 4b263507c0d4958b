"""By category: how much of each harm is caught, and what it is taken for."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.scored import Scored
from lawgiver.guard.metrics import measure, share, trivial
from lawgiver.guard.taxonomy import CATEGORIES

NONE = "none"
"""Flagged for no category above the threshold: the guard names none, or says unsafe without saying why."""


def by_category(config: GuardEvaluateConfig, part: Scored) -> list[dict[str, Any]]:
    """The twelve categories on rows whose categories are known, those without a positive row left out.

    `caught` is the share flagged as unsafe at all. `metrics` are of the category's own probability, over all rows on
    which somebody said whether it applies; None if the guard gives none.

    Args:
        config: the threshold and the number of resamples.
        part: rows of one language.
    """
    found = []
    for category in CATEGORIES:
        looked = [i for i, q in enumerate(part.questions) if category.name in q.row.example.categories]
        own = part.take(looked)
        held_N = np.array([q.row.example.categories[category.name] for q in own.questions], dtype=bool)
        if not held_N.any():
            continue
        positive = own.take(np.flatnonzero(held_N).tolist())
        said_N = np.array([own.categories(i).get(category.name, np.nan) for i in range(own.n)])
        known_N = np.isfinite(said_N)
        scored = int(positive.known_N.sum())
        found.append(
            {
                **{"name": category.name, "title": category.title, "code": category.code},
                **{"n": own.n, "positive": positive.n, "scored": scored},
                "caught": share(int((positive.score_N > config.threshold).sum()), scored),
                "metrics": measure(
                    said_N[known_N], held_N[known_N], threshold=config.threshold, resamples=config.resamples
                )
                if known_N.any()
                else None,
                "baselines": trivial(positive.n, own.n),
                "taken_for": _taken_for(config, positive),
            }
        )
    return found


def by_kind(config: GuardEvaluateConfig, part: Scored) -> list[dict[str, Any]]:
    """The files' own kinds: the share of each that is flagged, unsafe kinds and safe ones.

    Args:
        config: the threshold.
        part: rows of one language and set.
    """
    found = []
    for kind in sorted({kind for question in part.questions for kind in question.row.kinds}):
        own = part.take([i for i, question in enumerate(part.questions) if kind in question.row.kinds])
        scored = int(own.known_N.sum())
        flagged = int((own.score_N > config.threshold).sum())
        found.append({"kind": kind, **own.counts(), "flagged": share(flagged, scored)})
    return found


def _taken_for(config: GuardEvaluateConfig, positive: Scored) -> dict[str, int]:
    """Of a category's rows: the likeliest category of those flagged, how many passed, how many were not scored."""
    found = {"missed": 0, "unscored": 0}
    for i in range(positive.n):
        said = positive.categories(i)
        if not positive.known_N[i]:
            name = "unscored"
        elif positive.score_N[i] <= config.threshold:
            name = "missed"
        else:
            above = {category: p for category, p in said.items() if p > config.threshold}
            name = max(above, key=above.__getitem__) if above else NONE
        found[name] = found.get(name, 0) + 1
    return found
