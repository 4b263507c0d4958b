"""An estimate over units (seeds, word pairs, opponents) with its bootstrap interval, as the summary writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lawgiver.stats import bootstrap_mean

SEED = 20_250_906  # one fixed seed: the same scores give the same intervals
RESAMPLES = 2000

Document = dict[str, Any]


def number(values: Sequence[float]) -> Document:
    """The mean with a 95 % interval over the values that are defined; no interval for fewer than two."""
    defined = [float(value) for value in values if math.isfinite(value)]
    if not defined:
        return {"estimate": None, "low": None, "high": None, "n": 0}
    if len(defined) == 1:
        return {"estimate": defined[0], "low": None, "high": None, "n": 1}
    interval = bootstrap_mean(defined, seed=SEED, resamples=RESAMPLES)
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high, "n": interval.n}


def combined(units: Sequence[Mapping[str, Any]]) -> Document:
    """Nested documents of one shape, one for each unit: every leaf becomes a `number` over the units."""
    document: Document = {}
    for key, first in units[0].items():
        values = [unit[key] for unit in units]
        document[key] = combined(values) if isinstance(first, Mapping) else number(values)
    return document


def rounded(document: Any) -> Any:
    """The same document with its numbers to six significant digits, which halves the file; cells keep them all."""
    if isinstance(document, Mapping):
        return {key: rounded(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [rounded(value) for value in document]
    return float(f"{document:.6g}") if isinstance(document, float) else document


def finite(value: float) -> float | None:
    """The value, None for NaN and infinity, which JSON lacks."""
    return float(value) if math.isfinite(value) else None
