"""The tables of a guard's evaluation, as rows of words; trivial guards stand in every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lawgiver.report.guard_words import estimate, paired, training, unscored
from lawgiver.report.words import NOTHING, clean, first_upper, number, percent

Rows = Iterator[list[str]]
ERROR_KINDS = {"missed": "Missed", "false_alarm": "False alarms"}
_TRIVIAL = ("always unsafe", "coin")
SET_HEADINGS = (
    *("set", "n", "unsafe", "F1", *_TRIVIAL, "AUPRC", "trivial", "AUROC", "recall at 1 % FPR", "at 5 % FPR"),
    *("precision", "recall", "FPR", "ECE", "Brier", "not scored", "F1, not passed"),
)
AVERAGE_HEADINGS = ("language", "mean", "F1", *_TRIVIAL, "F1, not passed")
LENGTH_HEADINGS = ("characters", "n", "unsafe", "F1", *_TRIVIAL, "recall", "FPR", "not scored")
CATEGORY_HEADINGS = ("category", "n", "caught", "always unsafe, coin", "own F1", *_TRIVIAL, "own AUPRC", "trivial")
KIND_HEADINGS = ("kind", "n", "unsafe", "flagged", "always unsafe, coin", "not scored")
PARALLEL_HEADINGS = (
    *("language", "training", "n", "unsafe", "F1", *_TRIVIAL, "AUROC", "recall at 5 % FPR", "recall", "FPR"),
    *("judged rightly", "change from English", "not scored", "F1, not passed"),
)
SUITE_HEADINGS = ("suite", "language", "share", "n", "before", "after", "change", "always unsafe, coin", "not scored")
_MORE = ("auroc", "recall_at_fpr_1", "recall_at_fpr_5", "precision", "recall", "fpr", "ece", "brier")
SHARES = {"recall": "recall", "fpr": "false positives"}
FLAGS = "1, 0.5"
"""Recall and FPR of flagging everything, and of a coin."""


def set_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """A row for every set of a language."""
    for cell in summary["cells"]:
        if cell["language"] != language:
            continue
        m, beside = cell["metrics"], cell["baselines"] or {}
        yield [
            clean(cell["title"]), str(cell["n"]), str(cell["unsafe"]), estimate(m["f1"]), *_trivial(beside, "f1"),
            estimate(m["auprc"]), _trivial(beside, "auprc")[0],
            *[estimate(m[key]) for key in _MORE], unscored(cell), _not_passed(cell["not_passed"]),
        ]  # fmt: skip


def average_rows(summary: Mapping[str, Any]) -> Rows:
    """A row for every language and mean."""
    for a in summary["averages"]:
        beside = [number(a["constant"]), number(a["random"])]
        yield [clean(a["language"]), a["title"], estimate(a["f1"]), *beside, estimate(a["f1_not_passed"])]


def length_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """A row for every slice of lengths."""
    for cell in summary["lengths"]:
        if cell["language"] == language:
            m, beside = cell["metrics"], cell["baselines"] or {}
            size = f"{cell['from']} to {cell['below'] - 1}" if cell["below"] else f"{cell['from']} and more"
            yield [
                size, str(cell["n"]), str(cell["unsafe"]), estimate(m["f1"]), *_trivial(beside, "f1"),
                estimate(m["recall"]), estimate(m["fpr"]), unscored(cell),
            ]  # fmt: skip


def category_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """A row for every category that some row of a language has."""
    for each in summary["categories"][language]:
        m, beside = each["metrics"] or {}, each["baselines"]
        yield [
            f"{each['code']} {each['title']}", str(each["positive"]), estimate(each["caught"]), FLAGS,
            estimate(m.get("f1")), *_trivial(beside, "f1"), estimate(m.get("auprc")), _trivial(beside, "auprc")[0],
        ]  # fmt: skip


def confusion(summary: Mapping[str, Any], language: str) -> tuple[list[str], list[tuple[str, list[tuple[int, float]]]]]:
    """Headings, and for every category how many of its rows were taken for what, with its share of the row."""
    found = summary["categories"][language]
    last = ("none", "missed", "unscored")
    titles = {each["name"]: each["title"] for entries in summary["categories"].values() for each in entries}
    used = {key for each in found for key, n in each["taken_for"].items() if n}
    columns = [*[name for name in titles if name in used], *sorted(used - set(titles) - set(last))]
    columns += [key for key in last if key in used]
    words = {"none": "flagged, no category", "missed": "let pass", "unscored": "not scored"}
    headings = [clean(words.get(key) or titles.get(key) or first_upper(key.replace("_", " "))) for key in columns]
    rows = []
    for each in found:
        counts = [int(each["taken_for"].get(key, 0)) for key in columns]
        rows.append((clean(each["title"]), [(n, n / max(1, each["positive"])) for n in counts]))
    return headings, rows


def kind_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """A row for every kind that a file of a language names itself."""
    for cell in summary["cells"]:
        for each in cell["kinds"] if cell["language"] == language else ():
            share = percent(each["unsafe"] / each["n"])
            kind = clean(f"{cell['title']}: {each['kind'].replace('_', ' ').replace(',', ', ')}")
            yield [kind, str(each["n"]), share, estimate(each["flagged"]), FLAGS, unscored(each)]


def parallel_rows(summary: Mapping[str, Any]) -> Rows:
    """A row for every language of the parallel set."""
    for each in summary["parallel"]:
        m, beside = each["metrics"], each["baselines"] or {}
        yield [
            clean(each["language"]), training(each), str(each["n"]), str(each["unsafe"]), estimate(m["f1"]),
            *_trivial(beside, "f1"), *[estimate(m[key]) for key in ("auroc", "recall_at_fpr_5", "recall", "fpr")],
            estimate(each["accuracy"]), paired(each["change"]), unscored(each), _not_passed(each["not_passed"]),
        ]  # fmt: skip


def suite_rows(summary: Mapping[str, Any]) -> Rows:
    """A row for every suite, language and label."""
    for each in summary["suites"]:
        yield [
            clean(each["suite"].replace("_", " ")), clean(each["language"]), SHARES[each["metric"]], str(each["n"]),
            estimate(each["before"]), estimate(each["after"]), paired(each["change"]), FLAGS,
            str(each["unscored"] or NOTHING),
        ]  # fmt: skip


def _trivial(beside: Mapping[str, Any], metric: str) -> list[str]:
    return [number(beside.get(name, {}).get(metric)) for name in ("constant", "random")]


def _not_passed(found: Mapping[str, Any] | None) -> str:
    return estimate(found["f1"]) if found else NOTHING
