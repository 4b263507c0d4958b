"""The figures under the headline: a value, its interval, and whether it speaks for the run."""

from __future__ import annotations

from lawgiver.report.material import Document, EvaluationRun, Material, metric_of
from lawgiver.report.words import finite, first_upper, interval_range, listed, number, signed


def verdict(metric: Document) -> str:
    """What an interval says of a difference: `up`, `down`, `open` (0 is inside, or no width), `none`."""
    difference = metric.get("difference") or {}
    low, high = finite(difference.get("low")), finite(difference.get("high"))
    if low is None or high is None:
        return "none"
    if low < high:
        return "up" if low > 0 else "down" if high < 0 else "open"
    return "open"


def score_figure(material: Material, main: Document | None, after: EvaluationRun) -> Document:
    """The score before and after."""
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


def against(
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
    does = {"up": "does", "down": "does not"}.get(verdict(metric), "does not clearly")
    return f"{shown}; it must lose, and {does}"


def budget_figure(budgets: list[tuple[str, dict[str, str]]]) -> Document:
    """How many budgets are met, and what is wrong with the worst.

    Args:
        budgets: name and verdict of each, at least one.
    """
    met = sum(b["words"].startswith("budget met") for _, b in budgets)
    worst = max((b["state"] for _, b in budgets), key=["good", "open", "bad"].index)
    word = {"good": "all within", "open": "one is uncertain", "bad": "broken"}[worst]
    broken = [name for name, b in budgets if b["state"] == worst and worst != "good"]
    return {
        "label": "Budgets",
        "value": f"{met} of {len(budgets)} met",
        "detail": f"{first_upper(listed(broken))}: {word}" if broken else "cost ≤ threshold",
        "state": worst,
        "mark": {"good": "✓", "open": "?", "bad": "✗"}[worst],
    }


def _state(said: str) -> dict[str, str]:
    state, mark = {"up": ("good", "▲"), "down": ("bad", "▼")}.get(said, ("open", "◆"))
    return {"state": state, "mark": mark}
