"""The result in one sentence, made from the numbers, with whatever speaks against it in the same breath."""

from __future__ import annotations

import re
from typing import Any

from lawgiver.report.material import Document, EvaluationRun, Material, metric_of
from lawgiver.report.sections.budgets import budget
from lawgiver.report.sections.figures import against, budget_figure, score_figure, verdict
from lawgiver.report.words import (
    count,
    finite,
    interval_range,
    listed,
    number,
    p_value,
    short_title,
    signed,
)

FEW_FAILED = 0.01
"""The share of failed scores up to which the table's own count is mention enough."""


def build(material: Material) -> dict[str, Any] | None:
    """The sentence, and four figures that it rests on."""
    after = material.after
    if after is None:
        return {"sentence": _training_sentence(material), "figures": []}
    main = material.main
    budgets = _budgets(after)
    sentence, doubts = (_change(material, main), []) if main else (_standing(after), [])
    failed = sum(int(m.get("failed") or 0) for m in after.metrics.values())
    if failed > FEW_FAILED * int(after.summary.get("n") or 0) * len(after.metrics):
        doubts.append(f"{count(failed, 'score')} failed and {'is' if failed == 1 else 'are'} not counted")
    figures = [score_figure(material, main, after)]
    if (prompted := material.runs.get("prompted")) and material.before is not prompted:
        figure, doubt = against(material, prompted, after, "the system prompt alone")
        figures.append(figure)
        doubts += doubt
    if budgets:
        doubts += [f"the {name} budget {b['clause']}" for name, b in budgets if b["state"] != "good"]
        figures.append(budget_figure(budgets))
    if refuse := material.runs.get("refuse"):
        figure, doubt = against(material, refuse, after, "refusing everything", must_lose=True)
        figures.append(figure)
        doubts += doubt
    if doubts:
        sentence += f"; but {listed(doubts)}"
    elif budgets and main:
        sentence += ", with every budget met" if len(budgets) > 1 else ", with its budget met"
    return {"sentence": f"{_unbroken(sentence)}.", "figures": figures, "doubtful": bool(doubts)}


def _change(material: Material, main: Document) -> str:
    metric = metric_of(main, "score")
    before, after = material.before, material.after
    assert before is not None
    assert after is not None
    said = verdict(metric)
    if said == "none":
        return f"The charter score of “{before.label}” and “{after.label}” could not be compared: nothing was scored"
    difference = metric["difference"]
    figures = f"{signed(difference['estimate'])} {interval_range(difference, sign=True)}"
    where = f"{number(metric['before'])} ({before.label}) to {number(metric['after'])} ({after.label})"
    scenarios = f"on {count(int(difference.get('n') or 0), 'paired scenario')}"
    p = finite(metric.get("p_holm"))
    if said != "open" and p is not None and p >= 0.05:
        scenarios += f", though not after correction for the number of metrics (p = {p_value(p)})"
    match said:
        case "up":
            return f"The charter score rose from {where}: {figures} {scenarios}"
        case "down":
            return f"The charter score fell from {where}: {figures} {scenarios}"
    return f"No change was shown: the charter score went from {where}, {figures} {scenarios}, and 0 is in the interval"


def _unbroken(sentence: str) -> str:
    """Keep `[0.1, 0.2]` on one line."""
    return re.sub(r"(\[[^\]]*?), ", "\\1,\N{NO-BREAK SPACE}", sentence)


def _standing(run: EvaluationRun) -> str:
    interval = run.metrics.get("score", {}).get("interval")
    if not interval:
        return f"“{run.label}” has no charter score: nothing was scored"
    scenarios = count(int(interval.get("n") or 0), "scenario")
    return (
        f"“{run.label}” has a charter score of {number(interval['estimate'])} {interval_range(interval)} on {scenarios}"
    )


def _budgets(run: EvaluationRun) -> list[tuple[str, dict[str, str]]]:
    return [(short_title(m.get("title", name)).lower(), b) for name, m in run.metrics.items() if (b := budget(m))]


def _training_sentence(material: Material) -> str:
    steps = material.align.steps if material.align else []
    if not steps:
        return "No step has been logged yet, so there is nothing to report."
    size = max(1, len(steps) // 4)
    ends = []
    for part in (steps[:size], steps[-size:]):
        scores = [s for row in part if (s := finite(row.get("score"))) is not None]
        ends.append(sum(scores) / len(scores) if scores else None)
    return (
        f"Over {count(len(steps), 'training step')} the mean charter score of sampled answers went from "
        f"{number(ends[0])} (first {size}) to {number(ends[1])} (last {size}); training batches are no test, "
        "so evaluate before you conclude."
    )
