"""A guard's evaluation in a few tables for the terminal; foreign texts are given to rich as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lawgiver.report.guard_rows import FLAGS, SHARES, average_rows
from lawgiver.report.guard_words import estimate, paired, plain, training, unscored
from lawgiver.report.words import NOTHING, clean, number

if TYPE_CHECKING:
    from rich.table import Table

_HEADINGS = ("", "set", "n", "F1", "all", "coin", "AUPRC", "R@1%", "R@5%", "recall", "FPR")
"""`all` is the F1 of flagging everything; R@1%: recall at 1 % false positives."""


def guard_tables(summary: Mapping[str, Any]) -> list[Table]:
    """Sets, means, languages, suites."""
    found = [_table(_HEADINGS, map(_short, summary["cells"]))] if summary["cells"] else []
    if summary["averages"]:
        found.append(_table(("", "mean", "F1", "all", "coin", "not passed"), average_rows(summary)))
    if summary["parallel"]:
        of_languages = ("", "parallel set", "AUROC", "recall", "FPR", "right", "from en")
        found.append(_table(of_languages, map(_language, summary["parallel"])))
    if summary["suites"]:
        headings = ("", "suite", "share", "n", "before", "rewritten", "change", "all, coin", "not scored")
        found.append(_table(headings, map(_suite, summary["suites"])))
    return found


def _short(cell: Mapping[str, Any]) -> list[str]:
    m, beside = cell["metrics"], cell["baselines"] or {}
    lost = unscored(cell) if cell["abstained"] or cell["failed"] else ""
    return [
        clean(cell["language"]),
        clean(f"{cell['title']} ({lost})" if lost else cell["title"]),
        str(cell["n"]),
        estimate(m["f1"]),
        *[number(beside.get(name, {}).get("f1")) for name in ("constant", "random")],
        *[plain(m[key]) for key in ("auprc", "recall_at_fpr_1", "recall_at_fpr_5", "recall", "fpr")],
    ]


def _language(each: Mapping[str, Any]) -> list[str]:
    m, lost = each["metrics"], unscored(each) if each["abstained"] or each["failed"] else ""
    return [
        clean(f"{each['language']} ({lost})" if lost else each["language"]),
        training(each),
        estimate(m["auroc"]),
        *[plain(m[key]) for key in ("recall", "fpr")],
        plain(each["accuracy"]),
        paired(each["change"]),
    ]


def _suite(each: Mapping[str, Any]) -> list[str]:
    return [
        clean(each["language"]),
        clean(each["suite"].replace("_", " ")),
        SHARES[each["metric"]],
        str(each["n"]),
        plain(each["before"]),
        plain(each["after"]),
        paired(each["change"]),
        FLAGS,
        str(each["unscored"] or NOTHING),
    ]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        words = heading in ("", "set", "mean", "suite", "share", "parallel set")
        table.add_column(heading, justify="left" if words else "right", no_wrap=heading != "set")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
