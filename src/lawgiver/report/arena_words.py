"""What an arena says, in words; the same in the page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lawgiver.report.words import NOTHING, clean, count, interval_range, listed, number, short_title


def estimate(interval: Any) -> str:
    """`0.62 [0.55, 0.69]`, a dash for nothing."""
    return f"{number(interval['estimate'])} {interval_range(interval)}" if isinstance(interval, dict) else NOTHING


def by_words(document: Mapping[str, Any], win: Mapping[str, Any]) -> str:
    """By what a win was decided."""
    if win["by"] in ("wanted", "constraint") and "askings" not in win:
        metric = document[win["by"]]
        return short_title(metric["title"])
    return f"judge: {win['by']}"


def asking_words(document: Mapping[str, Any]) -> list[str]:
    """What each judge's askings came to."""
    return [
        f"{win['name']}, judge {win['by']}: {count(win['askings']['failed'], 'asking')} failed and "
        f"{win['askings']['abstained']} abstained, {count(win['askings']['identical'], 'pair')} had equal texts, "
        f"and in {win['askings']['order_decided']} the order decided"
        for win in document["wins"]
        if "askings" in win
    ]


def headline(document: Mapping[str, Any]) -> str:
    """Which models are not dominated, and what all cover together."""
    trade = document["trade"]
    front = [clean(point["name"]) for point in trade["points"] if point.get("non_dominated")]
    if not front:
        return "No model was scored in both."
    wanted, cost = (short_title(document[part]["title"]) for part in ("wanted", "constraint"))
    verb = "is" if len(front) == 1 else "are"
    return f"{listed(front)} {verb} not dominated in {wanted} and {cost}."


def volume_words(document: Mapping[str, Any]) -> str:
    """The hypervolume, and of which corner."""
    trade = document["trade"]
    if trade["hypervolume"] is None:
        return "No hypervolume: nothing was scored."
    wanted, cost = trade["reference"]
    text = f"Hypervolume {estimate(trade['hypervolume'])} above wanted {wanted:g} and cost {cost:g}"
    if "gain" in trade:
        text += f"; the base alone has {number(trade['base_alone'])}, so the others add {estimate(trade['gain'])}"
    return f"{text}."


def notes(document: Mapping[str, Any]) -> list[str]:
    """Everything a reader must know before trusting the numbers."""
    found = [*document["notes"], *document["trade"]["notes"], *asking_words(document)]
    for part, strengths in document["strengths"].items():
        if message := strengths.get("message") or strengths.get("unscored"):
            found.append(f"strengths in {short_title(document[part]['title'])}: {message}")
    found += [f"{win['name']}, {by_words(document, win)}: {note}" for win in document["wins"] for note in _remarks(win)]
    return [clean(note) for note in found]


def _remarks(win: Mapping[str, Any]) -> Sequence[str]:
    interval = win["win_rate"]
    return [interval["note"]] if interval and interval.get("note") else []
