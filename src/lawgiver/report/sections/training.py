"""Curves over training steps, each with a line on what to see in it, and the alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lawgiver.report.material import AlignRun, Material
from lawgiver.report.words import count, finite, listed, number, signed

Lines = Mapping[str, Sequence[float | None]]


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
        "alarms": [(row.get("step"), text) for row in align.steps for text in row.get("alarms") or []],
        "facts": _facts(align),
    }


def _plots(material: Material, align: AlignRun) -> list[dict[str, Any]]:
    steps = [int(row.get("step", i)) for i, row in enumerate(align.steps, 1)]
    values = {"score": [row.get("score") for row in align.steps], **_group(align, "values")}
    costs, multipliers = _group(align, "costs"), _group(align, "lambda")
    thresholds = _thresholds(material)
    levels = _levels(thresholds, costs)
    drawn = [
        _plot("values", "Score and values", _mover(values), steps, values, bold="score", limits=(0, 1)),
        _plot(
            "costs",
            "Costs and budgets",
            _against(costs, thresholds),
            steps,
            costs,
            levels=levels,
            limits=(0, 0),
        ),
        _plot("lambda", "Multipliers λ", _pressure(multipliers), steps, multipliers, limits=(0, 0)),
    ]
    for name, line in _group(align, "monitors").items():
        band = _band(material, name)
        drawn.append(_plot(f"monitor-{len(drawn)}", _monitor_title(name), _drift(line, band), steps, {name: line},
                           levels=band, limits=(0, 0)))  # fmt: skip
    return drawn


def _plot(name: str, title: str, caption: str, steps: list[int], lines: Lines, **look: Any) -> dict[str, Any]:
    from lawgiver.report import plots

    return {
        "title": title,
        "caption": caption,
        "svg": plots.curves(name, title, caption, steps, lines, **look),
    }


def _group(align: AlignRun, kind: str) -> dict[str, list[float | None]]:
    names = dict.fromkeys(name for row in align.steps for name in row.get(kind) or {})
    return {name: [(row.get(kind) or {}).get(name) for row in align.steps] for name in names}


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
        return {f"budget {number(height)}": height for height in at}
    return {f"budget {', '.join(names)} {number(height)}": height for height, names in at.items()}


def _band(material: Material, name: str) -> dict[str, float]:
    for monitor in material.spec.monitors if material.spec else []:
        if monitor.evidence == name:
            ends = {"alarm below": monitor.low, "alarm above": monitor.high}
            return {f"{word} {number(height)}": height for word, height in ends.items() if height is not None}
    return {}


def _monitor_title(name: str) -> str:
    return {"words": "Words an answer", "repetition": "Repetition"}.get(name, name.replace("_", " "))


def _ends(line: Sequence[float | None]) -> tuple[float, float, int] | None:
    """Means of the first and the last quarter, and how many steps a quarter has."""
    size = max(1, len(line) // 4)
    ends = []
    for part in (line[:size], line[-size:]):
        known = [x for y in part if (x := finite(y)) is not None]
        if not known:
            return None
        ends.append(sum(known) / len(known))
    return ends[0], ends[1], size


def _mover(values: Lines) -> str:
    ends = {name: e for name, line in values.items() if name != "score" and (e := _ends(line))}
    if not ends:
        return "What the sampled answers earn."
    name, (first, last, size) = max(ends.items(), key=lambda item: abs(item[1][1] - item[1][0]))
    return (
        f"{name} moved most: {number(first)} in the first {count(size, 'step')}, {number(last)} in the last "
        f"({signed(last - first)}). A line that falls while another rises was traded for it."
    )


def _against(costs: Lines, thresholds: Mapping[str, float]) -> str:
    said = []
    for name, line in costs.items():
        if (ends := _ends(line)) and name in thresholds:
            side = "within" if ends[1] <= thresholds[name] else "over"
            said.append(f"{name} ends at {number(ends[1])}, {side} its budget of {number(thresholds[name])}")
    return f"{listed(said)}." if said else "Higher is worse."


def _pressure(multipliers: Lines) -> str:
    said = [
        f"{name} from {number(ends[0])} to {number(ends[1])}"
        for name, line in multipliers.items()
        if (ends := _ends(line))
    ]
    return f"λ rises while a budget is broken and falls once it is met: {listed(said)}." if said else ""


def _drift(line: Sequence[float | None], band: Mapping[str, float]) -> str:
    if not (ends := _ends(line)):
        return "Nothing was measured."
    marks = " Beyond a dashed line it raises an alarm." if band else ""
    return f"Never rewarded; a drift would show gaming. From {number(ends[0])} to {number(ends[1])}.{marks}"


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
