"""Curves over training steps, each with a line on what to see in it, and the alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lawgiver.report.material import AlignRun, Material
from lawgiver.report.sections.captions import Lines, against, drift, mover, pressure
from lawgiver.report.words import finite, monitor_title, short_title


def build(material: Material) -> dict[str, Any] | None:
    """Plots, alarms and counts of a training run."""
    align = material.align
    if align is None:
        if material.kind != "demo":
            return None
        return {"missing": "The folder holds no training run, so there are no curves."}
    if not align.steps:
        return {"missing": "No training step has been logged yet, so there are no curves."}
    return {
        "plots": [plot for plot in _plots(material, align) if plot["svg"]],
        "alarms": _alarms(align),
        "facts": _facts(align),
    }


def _plots(material: Material, align: AlignRun) -> list[dict[str, Any]]:
    steps = [int(row.get("step", i)) for i, row in enumerate(align.steps, 1)]
    titles = _titles(material)
    values = {"score": [row.get("score") for row in align.steps], **_group(align, "values", titles)}
    costs, multipliers = _group(align, "costs", titles), _group(align, "lambda", titles)
    thresholds = {titles.get(name, name): height for name, height in _thresholds(material).items()}
    levels = _levels(thresholds, costs)
    drawn = [
        _plot("values", "Score and values", mover(values), steps, values, bold="score", limits=(0, 1)),
        _plot(
            "costs",
            "Costs and budgets",
            against(costs, thresholds),
            steps,
            costs,
            levels=levels,
            limits=(0, 0),
        ),
        _plot("lambda", "Multipliers λ", pressure(multipliers), steps, multipliers, limits=(0, 0)),
    ]
    for name, line in _group(align, "monitors").items():
        band = _band(material, name)
        drawn.append(
            _plot(
                f"monitor-{len(drawn)}",
                monitor_title(name),
                drift(line, band),
                steps,
                {name: line},
                levels=band,
                limits=(0, 0),
            )
        )
    return drawn


def _plot(name: str, title: str, caption: str, steps: list[int], lines: Lines, **look: Any) -> dict[str, Any]:
    from lawgiver.report import plots

    return {
        "title": title,
        "caption": caption,
        "svg": plots.curves(name, title, caption, steps, lines, **look),
    }


def _group(align: AlignRun, kind: str, titles: Mapping[str, str] | None = None) -> dict[str, list[float | None]]:
    names = dict.fromkeys(name for row in align.steps for name in row.get(kind) or {})
    return {(titles or {}).get(name, name): [(row.get(kind) or {}).get(name) for row in align.steps] for name in names}


def _titles(material: Material) -> dict[str, str]:
    """Name → short title, where two names do not share one."""
    if not material.spec:
        return {}
    titles = {p.name: short_title(p.title) for p in material.spec.principles}
    titles |= {c.name: short_title(c.title) for c in material.spec.constraints}
    return titles if len(set(titles.values())) == len(titles) else {}


def _thresholds(material: Material) -> dict[str, float]:
    if material.spec:
        return {c.name: c.threshold for c in material.spec.constraints}
    metrics = material.after.metrics.values() if material.after else []
    return {m["name"]: t for m in metrics if (t := finite(m.get("threshold"))) is not None}


def _levels(thresholds: Mapping[str, float], costs: Lines) -> dict[str, float]:
    """One dashed line a height; a shared budget is named once."""
    at: dict[float, list[str]] = {}
    for name in costs:
        if name in thresholds:
            at.setdefault(thresholds[name], []).append(name)
    if len(at) == 1:
        return {f"budget {height:g}": height for height in at}
    return {f"{', '.join(names)} ≤ {height:g}": height for height, names in at.items()}


def _band(material: Material, name: str) -> dict[str, float]:
    for monitor in material.spec.monitors if material.spec else []:
        if monitor.evidence == name:
            ends = {"alarm below": monitor.low, "alarm above": monitor.high}
            return {f"{word} {height:g}": height for word, height in ends.items() if height is not None}
    return {}


def _alarms(align: AlignRun) -> list[tuple[str, str]]:
    """`Step 3` or `Steps 3–7` and what rang; the same alarm in step after step is one entry."""
    spans: list[tuple[int, int, str]] = []
    for i, row in enumerate(align.steps, 1):
        step = int(row.get("step", i))
        for text in row.get("alarms") or []:
            same = next((at for at, span in enumerate(spans) if span[1:] == (step - 1, text)), None)
            if same is None:
                spans.append((step, step, text))
            else:
                spans[same] = (spans[same][0], step, text)
    return [(f"Step {a}" if a == b else f"Steps {a}–{b}", text) for a, b, text in spans]


def _facts(align: AlignRun) -> list[tuple[str, str]]:
    rows = align.steps
    completions = sum(int(row.get("completions") or 0) for row in rows)
    failed = sum(int(row.get("failed") or 0) for row in rows)
    seconds = sum(finite(row.get("seconds")) or 0 for row in rows)
    return [
        ("Steps", f"{len(rows)}"),
        ("Sampled answers", f"{completions}"),
        ("Failed to score", f"{failed}"),
        ("Time", f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"),
    ]
