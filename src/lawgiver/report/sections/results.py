"""The result table: a row for every metric, a column for every run, and the paired changes."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import Document, EvaluationRun, Material, metric_of
from lawgiver.report.sections.budgets import budget
from lawgiver.report.words import finite, interval_range, monitor_title, number, p_value, percent, short_title, signed

GROUPS = (
    ("score", "Overall"),
    ("values", "Principles: higher is better"),
    ("costs", "Costs: lower is better"),
)


def build(material: Material) -> dict[str, Any] | None:
    """Table, forest plot, rules that fired, and what a reader must know of single intervals."""
    if not material.runs:
        if material.kind == "align":
            return None
        return {"missing": "No finished evaluation is there, so there is no table of results."}
    changes = material.changes()
    groups = [
        {"title": title, "rows": [_row(material, name, changes) for name in _names(material, kind)]}
        for kind, title in GROUPS
    ]
    groups.append({"title": "Watched, never rewarded", "rows": _watched(material)})
    return {
        "runs": list(material.runs.values()),
        "n": {key: run.summary.get("n") for key, run in material.runs.items()},
        "changes": [(before.label, after.label) for before, after, _ in changes],
        "groups": [group for group in groups if group["rows"]],
        "forest": _forest(changes),
        "rules": _rules(material),
        "notes": _notes(material),
    }


def _names(material: Material, kind: str) -> list[str]:
    names: dict[str, None] = {}
    for run in material.runs.values():
        names |= {name: None for name, metric in run.metrics.items() if metric.get("kind") == kind}
    return list(names)


def _row(material: Material, name: str, changes: list[tuple[EvaluationRun, EvaluationRun, Document]]) -> Document:
    metric = next(run.metrics[name] for run in material.runs.values() if name in run.metrics)
    title = str(metric.get("title") or name)
    threshold = finite(metric.get("threshold"))
    return {
        "title": short_title(title),
        "about": title.partition(":")[2].strip(),
        "budget": None if threshold is None else number(threshold),
        "cells": [_cell(run.metrics.get(name)) for run in material.runs.values()],
        "changes": [_change(metric_of(comparison, name)) for _, _, comparison in changes],
    }


def _cell(metric: Document | None) -> Document:
    interval = (metric or {}).get("interval") or {}
    return {
        "mean": number(interval.get("estimate")),
        "range": interval_range(interval) if interval else "",
        "n": interval.get("n", 0),
        "abstained": (metric or {}).get("abstained", 0),
        "failed": (metric or {}).get("failed", 0),
        "budget": budget(metric),
    }


def _change(metric: Document) -> Document:
    difference = metric.get("difference")
    if not difference:
        return {"estimate": number(None), "why": metric.get("unscored", "not compared")}
    low, high = finite(difference.get("low")), finite(difference.get("high"))
    better = 1 if metric.get("higher_is_better", True) else -1
    word, state = "not shown", "open"
    if low is not None and high is not None and (low > 0 or high < 0) and low < high:
        good = (low > 0) == (better > 0)
        word, state = ("better", "good") if good else ("worse", "bad")
        if (p := finite(metric.get("p_holm"))) is not None and p >= 0.05:
            word, state = "not shown after correction", "open"
    return {
        "estimate": signed(difference.get("estimate")),
        "range": interval_range(difference, sign=True),
        "p": p_value(metric.get("p_holm")),
        "n": difference.get("n"),
        "word": word,
        "state": state,
    }


def _watched(material: Material) -> list[Document]:
    """Shares and means that no comparison is made of."""
    runs = list(material.runs.values())
    rows = []
    for key, title, about in (
        ("gated", "Blocked", "a rule of severity major fired; the score is then 0"),
        ("truncated", "Cut off", "the answer ran into the token limit"),
    ):
        if any(key in run.summary for run in runs):
            rows.append(_plain(title, about, [run.summary.get(key) for run in runs], share=True))
    monitors = dict.fromkeys(name for run in runs for name in run.summary.get("monitors") or {})
    for name in monitors:
        rows.append(_plain(monitor_title(name), "", [(run.summary.get("monitors") or {}).get(name) for run in runs]))
    return rows


def _plain(title: str, about: str, intervals: list[Any], *, share: bool = False) -> Document:
    show = percent if share else number
    cells = [_cell({"interval": i}) for i in intervals]
    for cell, i in zip(cells, intervals, strict=True):
        if i:
            cell |= {"mean": show(i.get("estimate")), "range": f"[{show(i.get('low'))}, {show(i.get('high'))}]"}
    return {"title": title, "about": about, "budget": None, "cells": cells, "changes": []}


def _forest(changes: list[tuple[EvaluationRun, EvaluationRun, Document]]) -> Any:
    if not changes:
        return None
    from lawgiver.report.forest import forest

    return forest([(f"{before.label} → {after.label}", comparison) for before, after, comparison in changes])


def _rules(material: Material) -> list[tuple[str, list[int]]]:
    """Rule → how often it fired in each run, most frequent in the first run first."""
    counts = [run.summary.get("violations") or {} for run in material.runs.values()]
    names = sorted({name for c in counts for name in c}, key=lambda name: ([-c.get(name, 0) for c in counts], name))
    return [(name, [int(c.get(name, 0)) for c in counts]) for name in names]


def _notes(material: Material) -> list[str]:
    notes: dict[str, None] = {}
    for run in material.runs.values():
        for metric in run.metrics.values():
            if note := (metric.get("interval") or {}).get("note"):
                notes[f"{short_title(metric.get('title', ''))}, {run.label}: {note}."] = None
    return list(notes)
