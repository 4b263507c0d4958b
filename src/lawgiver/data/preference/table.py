"""The data report for people: Markdown that reads as plain text too."""

from __future__ import annotations

from collections.abc import Sequence

from lawgiver.data.preference.report import DataReport, ObjectiveReport
from lawgiver.stats import Interval


def markdown(report: DataReport) -> str:
    """Three tables: sources, what was set aside, and the objectives side by side.

    Names that come from files are stripped of what Markdown or a terminal would act on.
    """
    parts = [_table(["source", "schema", "rows", "made", "left out", "used", "set aside"], _sources(report))]
    if aside := _aside(report):
        parts.append(_table(["set aside", "objective", "count", "first"], aside))
    if report.objectives:
        parts.append(_table(["", *[f"{part.objective} ({part.form})" for part in report.objectives]], _rows(report)))
    if report.shared_prompts:
        parts.append(_table(["prompts in both", "count"], [[k, str(v)] for k, v in report.shared_prompts.items()]))
    return "\n".join(parts)


def _sources(report: DataReport) -> list[list[str]]:
    return [
        [a.source, a.schema, *map(str, (a.rows, a.made, a.left_out, a.used, sum(part.count for part in a.aside)))]
        for a in report.accounts
    ]


def _aside(report: DataReport) -> list[list[str]]:
    parts = [part for account in report.accounts for part in account.aside]
    return [[part.reason.words, part.objective, str(part.count), part.places[0]] for part in parts]


def _rows(report: DataReport) -> list[list[str]]:
    parts = report.objectives
    flags = list(dict.fromkeys(name for part in parts for name in part.flags))
    return [
        ["used", *[str(part.n) for part in parts]],
        ["groups", *[str(part.groups) for part in parts]],
        *[[name.replace("_", " "), *[str(part.flags.get(name, "-")) for part in parts]] for name in flags],
        ["desirable, or chosen came first", *[_interval(part.balance) for part in parts]],
        ["chosen is longer", *[_interval(part.length.longer) for part in parts]],
        ["mean log length ratio", *[_interval(part.length.log_ratio) for part in parts]],
        ["AUC of length alone", *["-" if part.length.auc is None else f"{part.length.auc:.3f}" for part in parts]],
        [f"over {report.cap} {report.unit}", *[str(part.over_long) for part in parts]],
        ["near-duplicate prompts", *[_near(part) for part in parts]],
    ]


def _near(part: ObjectiveReport) -> str:
    near = part.near
    sampled = f" (in {near.compared} of {near.prompts})" if near.compared < near.prompts else ""
    return f"{near.pairs}{sampled}"


def _interval(interval: Interval | None) -> str:
    return "-" if interval is None else f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [[_clean(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    kept = "".join(char if char.isprintable() and char not in "|`<>*" else " " for char in text)
    return kept[:120]
