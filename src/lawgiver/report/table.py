"""The result table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.report.material import EvaluationRun, compared, metric_of
from lawgiver.report.words import clean, finite, interval_range, number, short_title, signed

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = {"base": "before", "prompted": "with prompt"}
REFUSE = "refuse"


def comparison_table(document: Mapping[str, Any], run_summaries: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row for every metric, a column for every run, and the change from the first run to the last.

    Texts are given to rich as plain text: markup and escape sequences in them do nothing.

    Args:
        document: what `compare.json` holds.
        run_summaries: run key → its `summary.json`, for the runs to be shown.
    """
    from rich.table import Table
    from rich.text import Text

    runs = [
        EvaluationRun(Path(), {}, {}, {}, {}, key=key, label=str(entry.get("label", key)), summary=dict(summary))
        for key, entry in document["runs"].items()
        if (summary := run_summaries.get(key)) is not None
    ]
    shown = [run for run in runs if run.key != REFUSE]
    refuse = next((run for run in runs if run.key == REFUSE), None)
    change = _main(document, shown)
    table = Table(box=None, pad_edge=True, header_style="bold")
    table.add_column("")
    for run in shown:
        table.add_column(Text(clean(HEADINGS.get(run.key, run.key))), justify="right")
    if change:
        table.add_column(Text("change [95 %]"), justify="right")
        table.add_column("")
    names = dict.fromkeys(name for run in shown for name in run.metrics)
    for name in names:
        metric = next(run.metrics[name] for run in shown if name in run.metrics)
        cells = [short_title(metric.get("title") or name), *[number(run.mean(name)) for run in shown]]
        if change:
            cells += [_change(metric_of(change, name)), _budget(shown[-1].metrics.get(name, metric))]
        table.add_row(*[Text(clean(cell)) for cell in cells])
    if refuse is not None and shown:
        cells = ["refuse-everything scores", number(refuse.mean("score"))]
        blank = [""] * (len(shown) - 1)
        table.add_row(
            *[Text(cell) for cell in [*cells, *blank, *([_verdict(refuse, shown[-1]), ""] if change else [])]]
        )
    return table


def _main(document: Mapping[str, Any], shown: list[EvaluationRun]) -> Mapping[str, Any] | None:
    if len(shown) < 2:
        return None
    ends = [{run.key, run.label, str(document["runs"][run.key].get("path"))} for run in (shown[0], shown[-1])]
    for comparison in document.get("comparisons") or []:
        if comparison.get("before") in ends[0] and comparison.get("after") in ends[1]:
            return dict(comparison)
    return None


def _change(metric: Mapping[str, Any]) -> str:
    difference = metric.get("difference")
    if not difference:
        return "not compared"
    return f"{signed(difference['estimate'])} {interval_range(difference, sign=True)}"


def _budget(metric: Mapping[str, Any]) -> str:
    threshold = metric.get("threshold")
    if threshold is None:
        return ""
    held = finite(compared(metric).get("estimate"))
    if held is None:
        return "budget not checked"
    what = f": {metric['quantity']} {number(held)}" if metric.get("quantity") else ""
    return f"budget {number(threshold)} {'met' if held <= threshold else 'broken'}{what}"


def _verdict(refuse: EvaluationRun, after: EvaluationRun) -> str:
    theirs, mine = refuse.mean("score"), after.mean("score")
    if theirs is None or mine is None:
        return "(must lose)"
    return "(must lose, and does)" if theirs < mine else "(must lose, and does not)"
