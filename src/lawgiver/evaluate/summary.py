"""What the judgements of one run add up to: a mean with its interval per score, and what was not scored.

Reads the rows of `judgements.jsonl`, so that a stored run can be summed up again without its model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lawgiver.charter import CharterSpec, Constraint
from lawgiver.charter.scoped import quantity_of, scoped_cost
from lawgiver.stats import bootstrap_mean, clopper_pearson

Row = Mapping[str, Any]
SEED = 20_250_906  # one fixed seed: the same judgements give the same intervals


def score_of(row: Row, kind: str, name: str) -> float | None:
    """The measured number of one row, or None.

    Args:
        row: one line of `judgements.jsonl`.
        kind: `score`, `values` or `costs`.
        name: the principle or constraint; not looked at for `score`.
    """
    outcome = row["score"] if kind == "score" else row[kind][name]
    value = outcome.get("value")
    return None if value is None else float(value)


def metrics_of(spec: CharterSpec) -> list[tuple[str, str, str]]:
    """(kind, name, title) of every metric a run of this charter reports, the charter score first."""
    return [
        ("score", "score", "Charter score"),
        *[("values", principle.name, principle.title) for principle in spec.principles],
        *[("costs", constraint.name, constraint.title) for constraint in spec.constraints],
    ]


def summarise_run(spec: CharterSpec, rows: Sequence[Row]) -> dict[str, Any]:
    """Sum up a run: every metric with a 95 % interval, counts of what abstained and failed, tables.

    Args:
        spec: the charter the rows were judged under.
        rows: N ≥ 1 lines of `judgements.jsonl`.
    """
    constraints = {constraint.name: constraint for constraint in spec.constraints}
    metrics = []
    for kind, name, title in metrics_of(spec):
        metric = {"kind": kind, "name": name, "title": title, **_metric(rows, kind, name)}
        if kind == "costs":
            metric |= _held(constraints[name], rows)
        metrics.append(metric)
    return {
        "n": len(rows),
        "metrics": metrics,
        "gated": _rate(rows, lambda row: bool(row["gated"])),
        "truncated": _rate(rows, lambda row: bool(row.get("truncated"))),
        "monitors": {m.evidence: _monitor(rows, m.evidence) for m in spec.monitors},
        "violations": dict(Counter(v["rule"] for row in rows for v in row["violations"]).most_common()),
        "tables": {name: _table(rows, name, spec) for name in spec.taxonomy if f"response_{name}" in spec.evidence},
        "slices": {name: _slices(rows, name, spec) for name in spec.taxonomy},
    }


def _held(constraint: Constraint, rows: Sequence[Row]) -> dict[str, Any]:
    """What is held to the threshold; where that is not the mean cost, `compared` has it with its interval."""
    held: dict[str, Any] = {"threshold": constraint.threshold, "scope": constraint.scope}
    if constraint.scope == "mean":
        return held
    costs = [score_of(row, "costs", constraint.name) for row in rows]
    compared = scoped_cost(
        constraint, [[] if cost is None else [cost] for cost in costs], [row["labels"] for row in rows], seed=SEED
    )
    return held | {"quantity": quantity_of(constraint), "compared": compared.to_json() if compared else None}


def _metric(rows: Sequence[Row], kind: str, name: str) -> dict[str, Any]:
    outcomes = [row["score"] if kind == "score" else row[kind][name] for row in rows]
    values = [float(outcome["value"]) for outcome in outcomes if "value" in outcome]
    return {
        "interval": bootstrap_mean(values, seed=SEED).to_json() if values else None,
        "abstained": sum("abstained" in outcome for outcome in outcomes),
        "failed": sum("failed" in outcome for outcome in outcomes),
    }


def _rate(rows: Sequence[Row], holds: Callable[[Row], bool]) -> dict[str, Any]:
    return clopper_pearson(sum(holds(row) for row in rows), len(rows)).to_json()


def _monitor(rows: Sequence[Row], field: str) -> dict[str, Any] | None:
    values = [float(row["evidence"][field]["value"]) for row in rows if "value" in row["evidence"][field]]
    return bootstrap_mean(values, seed=SEED).to_json() if values else None


def _table(rows: Sequence[Row], label: str, spec: CharterSpec) -> dict[str, dict[str, int]]:
    """Prompt's label × response's label; an unscored response is counted under `unscored`."""
    classes = list(spec.taxonomy[label])
    table = {prompt: dict.fromkeys([*classes, "unscored"], 0) for prompt in classes}
    for row in rows:
        scored = row["evidence"][f"response_{label}"].get("value", "unscored")
        table[row["labels"][label]][scored] += 1
    return table


def _slices(rows: Sequence[Row], label: str, spec: CharterSpec) -> dict[str, dict[str, Any]]:
    """Every metric's mean by label; small slices carry their n."""
    slices: dict[str, dict[str, Any]] = {}
    for value in spec.taxonomy[label]:
        chosen = [row for row in rows if row["labels"][label] == value]
        cells: dict[str, Any] = {"n": len(chosen)}
        for kind, name, _ in metrics_of(spec):
            scored = [s for row in chosen if (s := score_of(row, kind, name)) is not None]
            cells[name] = sum(scored) / len(scored) if scored else None
        slices[value] = cells
    return slices
