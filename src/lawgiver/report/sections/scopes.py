"""What was asked against what was answered: a heat table for each label that responses are given too."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import EvaluationRun, Material
from lawgiver.report.words import percent

UNSCORED = "unscored"


def build(material: Material) -> dict[str, Any] | None:
    """Tables of the run before and the run after, side by side."""
    before, after = material.before, material.after
    if after is None or before is None:
        return None
    runs = [before] if before is after else [before, after]
    names = [name for name, table in (after.summary.get("tables") or {}).items() if table]
    if not names:
        return {"missing": "The charter labels no responses, so there is no table of where answers went."}
    return {"labels": [_label(material, name, runs) for name in names]}


def _label(material: Material, name: str, runs: list[EvaluationRun]) -> dict[str, Any]:
    meanings = (material.spec.taxonomy.get(name) if material.spec else None) or {}
    tables = [{"run": run.label, **_table((run.summary.get("tables") or {}).get(name) or {})} for run in runs]
    return {"name": name, "meanings": meanings, "tables": tables, "caption": _caption(name, tables)}


def _table(counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    columns = list(dict.fromkeys(column for row in counts.values() for column in row))
    if not any(row.get(UNSCORED) for row in counts.values()):
        columns = [column for column in columns if column != UNSCORED]
    rows = []
    for prompt, row in counts.items():
        total = sum(row.values())
        cells = [
            {"count": n, "share": n / total if total else 0.0, "percent": percent(n / total) if total else ""}
            for n in (int(row.get(column, 0)) for column in columns)
        ]
        rows.append({"prompt": prompt, "total": total, "cells": cells})
    return {"columns": columns, "rows": rows}


def _caption(name: str, tables: list[dict[str, Any]]) -> str:
    plain = f"Each row sums to 100 %: of the prompts of one {name}, where did the answers go?"
    if len(tables) < 2:
        return plain
    shares = [
        {
            (row["prompt"], column): cell["share"]
            for row in table["rows"]
            for column, cell in zip(table["columns"], row["cells"], strict=True)
        }
        for table in tables
    ]
    moves = [(shares[1][key] - share, key) for key, share in shares[0].items() if key in shares[1]]
    if not moves or not max(abs(move) for move, _ in moves):
        return plain
    _, (prompt, column) = max(moves, key=lambda move: abs(move[0]))
    first, last = (percent(side[prompt, column]) for side in shares)
    return f"{plain} Largest change: prompts of {prompt} answered in {column}, {first} → {last}."
