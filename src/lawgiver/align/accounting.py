"""What one training step did, counted over all processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.charter import CharterSpec, Judgement

Array = npt.NDArray[np.float64]


def step_columns(spec: CharterSpec, judgements: Sequence[Judgement]) -> dict[str, list[float]]:
    """One column per reward, cost, monitor and flag, N rows; NaN where nothing was measured.

    Columns are plain lists so that processes can send them to each other.
    """

    def column(numbers: list[float | None]) -> list[float]:
        return [float("nan") if number is None else number for number in numbers]

    return {
        **{f"value/{p.name}": column([j.reward(p.name) for j in judgements]) for p in spec.principles},
        **{f"cost/{c.name}": column([j.cost(c.name) for j in judgements]) for c in spec.constraints},
        **{f"monitor/{m.evidence}": column([j.number(m.evidence) for j in judgements]) for m in spec.monitors},
        "score": column([getattr(j.score, "value", None) for j in judgements]),
        "gated": [float(j.gated) for j in judgements],
        "failed": [float(j.failed()) for j in judgements],
    }


def merge(parts: Sequence[dict[str, list[float]]]) -> dict[str, Array]:
    """Join the columns of all processes."""
    return {name: np.concatenate([np.array(part[name]) for part in parts]) for name in parts[0]}


def mean(column_N: Array) -> float | None:
    """Mean of what was measured, None if nothing was."""
    scored_N = column_N[~np.isnan(column_N)]
    return float(scored_N.mean()) if len(scored_N) else None


def summarise(columns: dict[str, Array]) -> dict[str, Any]:
    """Means by kind, and counts: one line of `metrics.jsonl` before λ and the optimiser's own numbers."""

    def group(kind: str) -> dict[str, float | None]:
        return {name.removeprefix(kind): mean(column) for name, column in columns.items() if name.startswith(kind)}

    return {
        "completions": len(columns["score"]),
        "score": mean(columns["score"]),
        "gated": mean(columns["gated"]),
        "failed": int(columns["failed"].sum()),
        "abstained": {
            name: int(np.isnan(column).sum())
            for name, column in columns.items()
            if name.startswith(("value/", "cost/")) and np.isnan(column).any()
        },
        "values": group("value/"),
        "costs": group("cost/"),
        "monitors": group("monitor/"),
    }
