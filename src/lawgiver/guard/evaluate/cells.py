"""One cell of the results: everything measured of one language on one set, or on any other part of its rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.scored import Scored
from lawgiver.guard.metrics import measure, precision_recall, published_metrics, rates, reliability, tally, trivial


def cell(config: GuardEvaluateConfig, part: Scored) -> dict[str, Any]:
    """All metrics of some rows, with curves.

    `metrics` are of what was scored; in `not_passed` whatever was not scored counts as flagged, as a gateway treats
    it. `published` holds DuoGuard's five numbers by its own definitions, of what was scored.
    """
    score, unsafe = part.score_N[part.known_N], part.unsafe_N[part.known_N]
    found = {
        **part.counts(),
        "metrics": measure(score, unsafe, threshold=config.threshold, resamples=config.resamples),
        **_beside(config, part),
    }
    if not len(score):
        return {**found, "published": None, "pr": [], "reliability": []}
    counts = tally(score, unsafe)
    return {
        **found,
        "published": asdict(published_metrics(score, unsafe, config.threshold)),
        "pr": precision_recall(counts) if not unsafe.all() else [],
        "reliability": [asdict(each) for each in reliability(counts)],
    }


def brief_cell(config: GuardEvaluateConfig, part: Scored) -> dict[str, Any]:
    """What a slice shows: F1, precision, recall and FPR of what was scored."""
    return {
        **part.counts(),
        "metrics": rates(*part.split(config.threshold), resamples=config.resamples),
        **_beside(config, part),
    }


def _beside(config: GuardEvaluateConfig, part: Scored) -> dict[str, Any]:
    """What unscored rows do to the rates, and what guards reach that read nothing."""
    unsafe = part.unsafe_N[part.known_N]
    flagged, complete = part.flagged(config.threshold), bool(part.known_N.all())
    return {
        "not_passed": None if complete else rates(flagged, part.unsafe_N, resamples=config.resamples),
        "baselines": trivial(int(unsafe.sum()), len(unsafe)) if len(unsafe) else None,
    }
