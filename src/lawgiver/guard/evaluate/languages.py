"""The parallel set: the same requests in every language, of which a guard may have learned from some or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lawgiver.guard.evaluate.cells import cell
from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.scored import Scored
from lawgiver.guard.metrics import share
from lawgiver.stats import bootstrap_mean

SEED = 20_250_207
BASE = "en"
"""What the other languages are compared with, request by request."""


def by_language(config: GuardEvaluateConfig, part: Scored, trained: Sequence[str]) -> list[dict[str, Any]]:
    """For every language what `cell` measures, the share judged rightly, and its paired change from English.

    `zero_shot` says whether the guard did not learn from the language; None if nobody knows what it learned from.

    Args:
        config: the threshold and the number of resamples.
        part: rows of the parallel set.
        trained: languages that the guard was trained on; empty if nobody knows.
    """
    right = {language: _right(config, part.of(language)) for language in part.languages()}
    found = []
    for language, own in right.items():
        base = {} if language == BASE else right.get(BASE, {})
        changes = [float(own[group]) - base[group] for group in own if group in base]
        change = bootstrap_mean(changes, seed=SEED, resamples=config.resamples) if changes else None
        found.append(
            {
                "language": language,
                "zero_shot": language not in trained if trained else None,
                **cell(config, part.of(language)),
                "accuracy": share(sum(own.values()), len(own)),
                "change": change.to_json() if change else None,
            }
        )
    return found


def _right(config: GuardEvaluateConfig, own: Scored) -> Mapping[str, bool]:
    """Of each row that was scored whether it was judged rightly."""
    right_N = (own.score_N > config.threshold) == own.unsafe_N
    return {own.questions[i].row.example.group: bool(right_N[i]) for i in np.flatnonzero(own.known_N)}
