"""Two runs over the same scenarios: paired differences, what chance explains, and where the change is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawgiver.charter import CharterSpec
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.summary import SEED, metrics_of, score_of
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import compare_paired, holm

Row = Mapping[str, Any]
EXAMPLES = 5


@dataclass(frozen=True)
class StoredRun:
    """An evaluation run as it lies on disk."""

    name: str
    rows: list[dict[str, Any]]
    summary: dict[str, Any]
    charter: dict[str, str]

    @classmethod
    def open(cls, run: RunDirectory, name: str | None = None) -> StoredRun:
        """Read a finished run.

        Raises:
            ConfigurationError: if it is not an evaluation run, or not finished.
        """
        if not run.has("judgements.jsonl") or not run.has("summary.json"):
            raise ConfigurationError(
                f"{run.path}: no finished evaluation there (no judgements.jsonl and summary.json); "
                "`lawgiver evaluate` makes one"
            )
        rows = run.rows("judgements.jsonl")
        return cls(name or run.path.name, rows, run.read("summary.json"), run.read("charter.json"))


def compare_runs(spec: CharterSpec, before: StoredRun, after: StoredRun) -> dict[str, Any]:
    """Compare run `after` with run `before`, paired by scenario.

    Holm's correction is over all metrics of the comparison.

    Raises:
        ConfigurationError: if the runs were judged under different charters, or before `spec` declared one of its
            principles, or share no scenario.
    """
    if before.charter["sha256"] != after.charter["sha256"]:
        raise ConfigurationError(
            f"{before.name} and {after.name} were judged under different charters "
            f"({before.charter['sha256'][:12]}, {after.charter['sha256'][:12]}); evaluate both under one"
        )
    pairs = _pairs(before, after)
    if missing := _undeclared(spec, pairs):
        raise ConfigurationError(
            f"{before.name} and {after.name} were judged before charter.yaml declared {missing!r}; evaluate both again"
        )
    metrics: list[dict[str, Any]] = []
    for kind, name, title in metrics_of(spec):
        before_N = np.array([_nan(score_of(row, kind, name)) for row, _ in pairs])
        after_N = np.array([_nan(score_of(row, kind, name)) for _, row in pairs])
        head: dict[str, Any] = {"kind": kind, "name": name, "title": title, "higher_is_better": kind != "costs"}
        if np.isnan(before_N + after_N).all():
            metrics.append(head | {"unscored": f"none of {len(pairs)} pairs has both sides scored"})
            continue
        result = compare_paired(before_N, after_N, [row["id"] for row, _ in pairs], seed=SEED)
        metrics.append(head | result.to_json())
    measured = [metric for metric in metrics if "p_value" in metric]
    for metric, adjusted in zip(measured, holm([m["p_value"] for m in measured]), strict=True):
        metric["p_holm"] = float(adjusted)
    return {
        "before": before.name,
        "after": after.name,
        "pairs": len(pairs),
        "metrics": metrics,
        "gains": _largest(pairs, sign=1),
        "losses": _largest(pairs, sign=-1),
    }


def _undeclared(spec: CharterSpec, pairs: Sequence[tuple[Row, Row]]) -> str | None:
    """A metric that some row lacks, None if there is none."""
    rows = [row for pair in pairs for row in pair]
    named = [(kind, name) for kind, name, _ in metrics_of(spec) if kind != "score"]
    return next((name for kind, name in named if any(name not in row[kind] for row in rows)), None)


def _nan(number: float | None) -> float:
    return float("nan") if number is None else number


def _pairs(before: StoredRun, after: StoredRun) -> list[tuple[Row, Row]]:
    of_after = {row["id"]: row for row in after.rows}
    pairs: list[tuple[Row, Row]] = [(row, of_after[row["id"]]) for row in before.rows if row["id"] in of_after]
    if not pairs:
        raise ConfigurationError(f"{before.name} and {after.name} share no scenario; nothing to compare")
    return pairs


def _largest(pairs: Sequence[tuple[Row, Row]], *, sign: int) -> list[dict[str, Any]]:
    """The scenarios whose charter score changed most in one direction, with both texts."""
    changes: list[tuple[float, Row, Row]] = []
    for old, new in pairs:
        was, now = score_of(old, "score", "score"), score_of(new, "score", "score")
        if was is not None and now is not None and (now - was) * sign > 0:
            changes.append((now - was, old, new))
    changes.sort(key=lambda change: -sign * change[0])
    return [
        {
            "id": old["id"],
            "prompt": old["prompt"],
            "change": change,
            "before": _side(old),
            "after": _side(new),
        }
        for change, old, new in changes[:EXAMPLES]
    ]


def _side(row: Row) -> dict[str, Any]:
    return {
        "response": row["response"],
        "score": score_of(row, "score", "score"),
        "action": row["action"],
        "violations": row["violations"],
    }
