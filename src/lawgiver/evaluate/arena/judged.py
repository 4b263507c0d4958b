"""Every model's answers compared with the base's by a language model, as wins and as rows to be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawgiver.evaluate.arena.entrants import Entrant, Field
from lawgiver.evaluate.arena.judge import Asking, Pair, Rubric, compare_pairs, verdict
from lawgiver.evaluate.arena.scores import Floats
from lawgiver.evidence.llm_cache import LLMCache
from lawgiver.evidence.llm_client import LLMEndpoint
from lawgiver.outcome import Abstained, Failed, Value, to_json

ORDERS = ("model_first", "base_first")


@dataclass(frozen=True)
class Judged:
    """What a judge said of one model against the base."""

    wins_S1N: Floats
    """1, ½, 0 or between, of S runs, each against one run of the base; NaN where a verdict is missing."""
    counts: dict[str, Any]
    """Askings that failed and abstained, pairs of equal answers, and how often a verdict hung on the order."""
    rows: list[dict[str, Any]]
    """One for each asking, with what the endpoint said."""


def askings(field: Field) -> int:
    """How often a judge is asked at most: twice for every answer that is not the base's."""
    return 2 * len(field.rows) * sum(len(entrant.runs) for entrant in field.entrants[1:])


def judged(
    field: Field,
    entrant: Entrant,
    rubric: Rubric,
    endpoint: LLMEndpoint,
    cache: LLMCache | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Judged:
    """Ask about all answers of one model; its s-th run meets the base's s-th, and again from the first."""
    base = field.entrants[0]
    wins = np.full((len(entrant.runs), 1, len(field.rows)), np.nan)
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for s, (run, path) in enumerate(zip(entrant.runs, entrant.paths, strict=True)):
        opponent = s % len(base.runs)
        pairs = [
            Pair(mine["prompt"], mine["response"], theirs["response"])
            for mine, theirs in zip(run.rows, base.runs[opponent].rows, strict=True)
        ]
        found = compare_pairs(rubric, endpoint, pairs, cache, on_progress)
        for n, (pair, both) in enumerate(zip(pairs, found, strict=True)):
            worth = verdict(both)
            wins[s, 0, n] = np.nan if worth is None else worth
            counts.update(_kinds(pair, both))
            for order, asking in zip(ORDERS, both, strict=True):
                rows.append(
                    {
                        **{"id": run.rows[n]["id"], "model": entrant.name, "run": str(path)},
                        **{"base_run": str(base.paths[opponent]), "order": order},
                        **{"outcome": to_json(asking.outcome), "raw": asking.raw},
                    }
                )
    names = ("failed", "abstained", "identical", "order_decided")
    return Judged(wins, {name: counts[name] for name in names}, rows)


def _kinds(pair: Pair, both: tuple[Asking, Asking]) -> Counter[str]:
    found: Counter[str] = Counter()
    for asking in both:
        found["failed"] += isinstance(asking.outcome, Failed)
        found["abstained"] += isinstance(asking.outcome, Abstained)
    found["identical"] = int(pair.mine == pair.theirs)
    first, second = (asking.outcome for asking in both)
    if isinstance(first, Value) and isinstance(second, Value):
        found["order_decided"] = int(first.value != second.value)
    return found
