"""What a guard's evaluation says, in words; the same in the page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lawgiver.report.words import NOTHING, clean, count, finite, interval_range, listed, number, signed

_BEST = ("five", "four", "six")
_TRAINING = {False: "trained", True: "zero-shot", None: "unknown"}


def estimate(found: Any) -> str:
    """`0.62 [0.55, 0.69]`, a dash for nothing, no brackets where there is no interval."""
    if not isinstance(found, dict):
        return NOTHING
    ends = interval_range(found) if finite(found.get("low")) is not None else "(no interval)"
    return f"{number(found['estimate'])} {ends}"


def plain(found: Any) -> str:
    """`0.62`, a dash for nothing."""
    return number(found["estimate"]) if isinstance(found, dict) else NOTHING


def paired(change: Any) -> str:
    """`+0.05 [−0.02, +0.12]`, a dash for nothing."""
    return f"{signed(change['estimate'])} {interval_range(change, sign=True)}" if change else NOTHING


def training(each: Mapping[str, Any]) -> str:
    """Whether a guard learned from a language: `trained`, `zero-shot`, or `unknown`."""
    return _TRAINING[each["zero_shot"]]


def unscored(cell: Mapping[str, Any]) -> str:
    """`2 abstained, 1 failed`; a dash where everything was scored."""
    parts = [f"{cell[key]} {key}" for key in ("abstained", "failed") if cell[key]]
    return ", ".join(parts) or NOTHING


def headline(summary: Mapping[str, Any]) -> str:
    """Mean F1 in every language, and whether it is more than flagging everything earns."""
    name = next((each for each in _BEST if any(a["name"] == each for a in summary["averages"])), None)
    chosen = [average for average in summary["averages"] if average["name"] == name]
    if not summary["cells"] and summary["parallel"]:
        return _parallel_headline(summary)
    if not chosen:
        return "No mean over sets: in no language are all the sets of one there."
    parts = [f"{a['language']} {estimate(a['f1'])}, always unsafe {number(a['constant'])}" for a in chosen]
    behind = [a["language"] for a in chosen if a["f1"] is None or not (finite(a["f1"]["low"]) or 0.0) > a["constant"]]
    verdict = "more than flagging everything earns in every language"
    if behind:
        where = "any language" if len(behind) == len(chosen) else listed([clean(at) for at in behind])
        verdict = f"not surely more than flagging everything earns in {where}"
    return f"{clean(summary['guard']['name'])}: F1, {chosen[0]['title']}: {'; '.join(parts)}: {verdict}."


def _parallel_headline(summary: Mapping[str, Any]) -> str:
    """AUROC in every language, those that it learned from first, and where it is not surely above a coin's ½."""
    parts = []
    for zero_shot, words in _TRAINING.items():
        own = [each for each in summary["parallel"] if each["zero_shot"] is zero_shot]
        of = [f"{clean(each['language'])} {plain(each['metrics']['auroc'])}" for each in own]
        parts += [", ".join(of) if zero_shot is None else f"{words} {', '.join(of)}"] if own else []
    lows = {each["language"]: each["metrics"]["auroc"] or {} for each in summary["parallel"]}
    behind = [clean(at) for at, found in lows.items() if not (finite(found.get("low")) or 0.0) > 0.5]
    verdict = f"not surely more than a coin in {listed(behind)}" if behind else "more than a coin in every language"
    return f"{clean(summary['guard']['name'])}: AUROC on the parallel set: {'; '.join(parts)}: {verdict}."


def notes(summary: Mapping[str, Any]) -> list[str]:
    """Everything a reader must know before trusting the numbers."""
    found = []
    if summary["limit"] is not None:
        found.append(f"only {summary['limit']} rows of each file were read: a quick look, no result")
    if lost := summary["abstained"] + summary["failed"]:
        found.append(
            f"{lost} of {count(summary['n'], 'text')} were not scored ({unscored(summary)}); metrics leave them out, "
            "and “not passed” counts them as flagged"
        )
    small: dict[str, list[str]] = {}
    for cell in summary["cells"]:
        if cell["set"] != "xsafety" and min(cell["unsafe"], cell["n"] - cell["unsafe"]) < 30:
            small.setdefault(cell["title"], []).append(cell["language"])
    if small:
        names = [f"{title} ({', '.join(several)})" for title, several in small.items()]
        found.append(f"fewer than 30 safe or unsafe texts in {listed(names)}")
    if summary["parallel"]:
        n = max(each["n"] for each in summary["parallel"])
        found.append(
            f"the parallel set has {count(n, 'text')} a language: its intervals are wide, and since all languages say "
            "the same, go by the change from English rather than by two intervals side by side"
        )
        if any(each["zero_shot"] is None for each in summary["parallel"]):
            found.append("the guard does not say which languages it learned from")
    if any(cell["set"] == "xsafety" for cell in summary["cells"]):
        found.append("XSafety is all unsafe: go by its recall; flagging everything has F1 1 there")
    found += [f"{name} left {count(n, 'text')} as it was" for name, n in summary["unchanged"].items() if n]
    if time := summary["ms_per_text"]:
        found.append(
            f"{number(time['p50'])} ms a text (median), {number(time['p95'])} ms (95th percentile), in batches, on the "
            "machine of environment.json"
        )
    return [clean(note) for note in found]
