"""Means by kind of prompt, before and after."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import Material
from lawgiver.report.words import finite, number, short_title

SMALL = 20
"""Fewer scenarios than this are marked as few."""


def build(material: Material) -> dict[str, Any] | None:
    """A table for each label of the charter's taxonomy."""
    before, after = material.before, material.after
    if before is None or after is None:
        return None
    slices = after.summary.get("slices") or {}
    if not slices:
        return {"missing": "The charter labels no prompts, so there are no slices."}
    titles = {name: short_title(m.get("title") or name) for name, m in after.metrics.items()}
    old = (before.summary.get("slices") or {}) if before is not after else {}
    tables = []
    for label, rows in slices.items():
        meanings = (material.spec.taxonomy.get(label) if material.spec else None) or {}
        before_rows = old.get(label, {})
        shown = [_row(value, cells, before_rows.get(value), titles, meanings) for value, cells in rows.items()]
        tables.append({"label": label, "rows": shown})
    return {"tables": tables, "titles": list(titles.values()), "small": SMALL, "paired": bool(old)}


def _row(
    value: str,
    cells: dict[str, Any],
    old: dict[str, Any] | None,
    titles: dict[str, str],
    meanings: dict[str, str],
) -> dict[str, Any]:
    n = int(cells.get("n") or 0)
    return {
        "value": value,
        "meaning": meanings.get(value, ""),
        "n": n,
        "few": n < SMALL,
        "cells": [_cell(cells.get(name), (old or {}).get(name)) for name in titles],
    }


def _cell(new: Any, old: Any) -> dict[str, str]:
    if finite(new) is None and finite(old) is None:
        return {"old": "", "new": number(None)}
    return {"old": number(old) if finite(old) is not None else "", "new": number(new)}
