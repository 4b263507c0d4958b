"""The result in one sentence, made from the numbers, with whatever speaks against it in the same breath."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import Document, EvaluationRun, Material, metric_of
from lawgiver.report.sections.budgets import budget
from lawgiver.report.words import (
    count,
    finite,
    first_upper,
    interval_range,
    listed,
    number,
    short_title,
    signed,
)


def build(material: Material) -> dict[str, Any] | None:
    """The sentence, and four figures that it rests on."""
    after = material.after
    if after is None:
        return {"sentence": _training_sentence(material), "figures": []}
    main = material.main
    budgets = _budgets(after)
    sentence, doubts = (_change(material, main), []) if main else (_standing(after), [])
    if failed := sum(int(m.get("failed") or 0) for m in after.metrics.values()):
        doubts.append(f"{count(failed, 'score')} failed and {'is' if failed == 1 else 'are'} not counted")
    figures = [_score_figure(material, main, after)]
    if (prompted := material.runs.get("prompted")) and material.before is not prompted:
        figure, doubt = _against(material, prompted, after, "the system prompt alone")
        figures.append(figure)
        doubts += doubt
    if budgets:
        doubts += [f"the {name} {b['words']}" for name, b in budgets if b["state"] != "good"]
        figures.append(_budget_figure(budgets))
    if refuse := material.runs.get("refuse"):
        figure, doubt = _against(material, refuse, after, "refusing everything", must_lose=True)
        figures.append(figure)
        doubts += doubt
    if doubts:
        sentence += f"; but {listed(doubts)}"
    elif budgets and main:
        sentence += ", with every budget met" if len(budgets) > 1 else ", with its budget met"
    return {"sentence": f"{sentence}.", "figures": figures, "doubtful": bool(doubts)}


def verdict(metric: Document) -> str:
    """What an interval says of a difference: `up`, `down`, `open` (0 is inside, or no width), `none`."""
    difference = metric.get("difference") or {}
    low, high = finite(difference.get("low")), finite(difference.get("high"))
    if low is None or high is None:
        return "none"
    if low < high:
        return "up" if low > 0 else "down" if high < 0 else "open"
    return "open"


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
    match said:
        case "up":
            return f"The charter score rose from {where}: {figures} {scenarios}"
        case "down":
            return f"The charter score fell from {where}: {figures} {scenarios}"
    return f"No change was shown: the charter score went from {where}, {figures} {scenarios}, and 0 is in the interval"


def _standing(run: EvaluationRun) -> str:
    interval = run.metrics.get("score", {}).get("interval")
    if not interval:
        return f"“{run.label}” has no charter score: nothing was scored"
    scenarios = count(int(interval.get("n") or 0), "scenario")
    return f"“{run.label}” has a charter score of {number(interval['estimate'])} {interval_range(interval)} on {scenarios}"


def _score_figure(material: Material, main: Document | None, after: EvaluationRun) -> Document:
    metric = metric_of(main, "score")
    if not metric.get("difference"):
        interval = after.metrics.get("score", {}).get("interval") or {}
        return {
            "label": "Charter score",
            "value": number(after.mean("score")),
            "detail": interval_range(interval),
        }
    return {
        "label": "Charter score",
        "value": f"{number(metric['before'])} → {number(metric['after'])}",
        "detail": f"{signed(metric['difference']['estimate'])} {interval_range(metric['difference'], sign=True)}",
        **_state(verdict(metric)),
    }


def _against(
    material: Material, other: EvaluationRun, after: EvaluationRun, name: str, *, must_lose: bool = False
) -> tuple[Document, list[str]]:
    """How the run does against a baseline, as a figure and, where it does not win, as a doubt."""
    figure: Document = {"label": f"Against {name}"}
    metric = metric_of(material.comparison(other, after), "score")
    said = verdict(metric)
    if said == "none":
        mine, theirs = after.mean("score"), other.mean("score")
        if mine is None or theirs is None:
            return figure | {"value": number(None), "detail": "not measured"}, []
        figure |= {"value": signed(mine - theirs), "detail": f"means only: {number(theirs)} → {number(mine)}"}
        lost = must_lose and theirs >= mine
        return figure | (_state("down") if lost else {}), [f"{name} scores {number(theirs)}"] if lost else []
    difference = metric["difference"]
    shown = f"{signed(difference['estimate'])} {interval_range(difference, sign=True)}"
    figure |= {"value": signed(difference["estimate"]), "detail": _detail(metric, must_lose), **_state(said)}
    match said:
        case "up":
            return figure, []
        case "down":
            return figure, [f"{name} scores higher ({number(metric['before'])})"]
    return figure, [f"it is not shown to be better than {name} ({shown})"]


def _detail(metric: Document, must_lose: bool) -> str:
    shown = f"{interval_range(metric['difference'], sign=True)}, from {number(metric['before'])}"
    if not must_lose:
        return shown
    return f"{shown}; it must lose, and {'does' if verdict(metric) == 'up' else 'does not clearly'}"


def _budgets(run: EvaluationRun) -> list[tuple[str, dict[str, str]]]:
    return [
        (short_title(m.get("title", name)).lower(), b) for name, m in run.metrics.items() if (b := budget(m))
    ]


def _budget_figure(budgets: list[tuple[str, dict[str, str]]]) -> Document:
    met = sum(b["words"].startswith("budget met") for _, b in budgets)
    worst = max((b["state"] for _, b in budgets), key=["good", "open", "bad"].index)
    word = {"good": "all within", "open": "one is uncertain", "bad": "broken"}[worst]
    broken = [name for name, b in budgets if b["state"] == worst and worst != "good"]
    return {
        "label": "Budgets",
        "value": f"{met} of {len(budgets)} met",
        "detail": f"{first_upper(listed(broken))}: {word}" if broken else "mean cost ≤ threshold",
        "state": worst,
        "mark": {"good": "✓", "open": "?", "bad": "✗"}[worst],
    }


def _state(said: str) -> dict[str, str]:
    state, mark = {"up": ("good", "▲"), "down": ("bad", "▼")}.get(said, ("open", "◆"))
    return {"state": state, "mark": mark}


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
        f"Over {count(len(steps), 'training step')} the mean charter score of sampled answers went from {number(ends[0])} "
        f"(first {size}) to {number(ends[1])} (last {size}); training batches are no test, so evaluate before you conclude."
    )
