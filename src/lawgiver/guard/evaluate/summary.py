"""What the scores of one run add up to, by language: sets, means, lengths, categories, the parallel set, suites."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lawgiver.guard.evaluate.averages import averages
from lawgiver.guard.evaluate.categories import by_category, by_kind
from lawgiver.guard.evaluate.cells import brief_cell, cell
from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.evaluate.languages import by_language
from lawgiver.guard.evaluate.plan import Plan
from lawgiver.guard.evaluate.scored import Scored
from lawgiver.guard.evaluate.suites import suites
from lawgiver.guard.parallel import SOURCE
from lawgiver.guard.published import SETS

LENGTHS = (0, 50, 200, 1000, 1 << 40)
"""Characters at which a longer slice begins."""


def summarise(plan: Plan, scored: Scored, guard: dict[str, str], trained: Sequence[str] = ()) -> dict[str, Any]:
    """Sum up a run; nothing is pooled over languages, whose rows are translations of each other.

    Args:
        plan: what was asked.
        scored: all outcomes, in the plan's order.
        guard: name and version of what answered.
        trained: languages that it was trained on; empty if nobody knows.
    """
    config = plan.config
    rows = scored.where(lambda question: not question.suite)
    base = rows.where(lambda question: question.row.set != SOURCE)
    of = {language: base.of(language) for language in base.languages()}
    return {
        "guard": guard,
        "threshold": config.threshold,
        "limit": config.limit,
        **scored.counts(),
        "ms_per_text": _milliseconds(scored),
        "languages": list(of),
        "cells": [entry for at, own in of.items() for entry in _cells(config, at, own)],
        "averages": averages(config, base),
        "lengths": [entry for at, own in of.items() for entry in _lengths(config, at, own)],
        "categories": {at: by_category(config, own) for at, own in of.items()},
        "parallel": by_language(config, rows.where(lambda question: question.row.set == SOURCE), trained),
        "suites": suites(plan, scored),
        "unchanged": dict(plan.unchanged),
    }


def _cells(config: GuardEvaluateConfig, language: str, own: Scored) -> list[dict[str, Any]]:
    found = []
    for each in SETS:
        part = own.of(language, each.name)
        if part.n:
            place = {"language": language, "set": each.name, "title": each.title}
            found.append({**place, **cell(config, part), "kinds": by_kind(config, part)})
    return found


def _lengths(config: GuardEvaluateConfig, language: str, own: Scored) -> list[dict[str, Any]]:
    """By length, XSafety left out: it is all unsafe and would speak for its own lengths."""
    found = []
    lengths = [-1 if q.row.set == "xsafety" else len(q.example.scored) for q in own.questions]
    for low, high in pairwise(LENGTHS):
        part = own.take([i for i, length in enumerate(lengths) if low <= length < high])
        if part.n:
            ends = {"from": low, "below": high if high != LENGTHS[-1] else None}
            found.append({"language": language, **ends, **brief_cell(config, part)})
    return found


def _milliseconds(scored: Scored) -> dict[str, float] | None:
    """Time a text, as batches took it: median, 95th percentile and mean."""
    each = 1000 * np.array([line["seconds"] for line in scored.lines])
    if not len(each):
        return None
    p50, p95 = np.percentile(each, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3), "mean": round(float(each.mean()), 3)}
