"""The page of a guard's evaluation: its run directory in, one self-contained `report.html` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.guard_plot import pr_plot, reliability_plot
from lawgiver.report.guard_rows import (
    AVERAGE_HEADINGS,
    CATEGORY_HEADINGS,
    ERROR_KINDS,
    KIND_HEADINGS,
    LENGTH_HEADINGS,
    PARALLEL_HEADINGS,
    SET_HEADINGS,
    SUITE_HEADINGS,
    average_rows,
    category_rows,
    confusion,
    kind_rows,
    length_rows,
    parallel_rows,
    set_rows,
    suite_rows,
)
from lawgiver.report.guard_words import headline, notes
from lawgiver.report.template import fill
from lawgiver.report.words import brief, number

PAGE = "report.html"
SUMMARY, ERRORS = "summary.json", "errors.jsonl"


def is_guard(run: RunDirectory) -> bool:
    """Whether a folder holds a guard's evaluation."""
    config = run.read("config.json") if run.has("config.json") else {}
    return isinstance(config, dict) and config.get("type") == "guard_evaluation"


def write_guard(folder: Path) -> Path:
    """Write the page of the evaluation that a folder holds; no scripts, nothing fetched, every text escaped.

    Raises:
        ConfigurationError: if the run is not finished, or a document is not in the form lawgiver writes.
        OSError: if the page cannot be written.
    """
    run = RunDirectory(folder)
    documents = {name: run.read(f"{name}.json") for name in ("summary", "config", "environment")}
    errors = run.rows_if_any(ERRORS)
    try:
        documents["summary"] = {"parallel": [], **documents["summary"]}  # older runs know no such set
        page = render_guard(**documents, errors=errors)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise ConfigurationError(
            f"{folder / SUMMARY}: not in the form lawgiver writes ({type(error).__name__}: {error}); evaluate again"
        ) from error
    atomic_write(folder / PAGE, page)
    return folder / PAGE


def render_guard(
    *,
    summary: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    errors: Sequence[Mapping[str, Any]],
) -> str:
    """The page as text."""
    languages = list(summary["languages"])
    everywhere = list(dict.fromkeys([*languages, *(each["language"] for each in summary["parallel"])]))
    titles = {cell["set"]: cell["title"] for cell in summary["cells"]}
    plots = {
        name: [plot for plot in (pr_plot(summary, name), reliability_plot(summary, name)) if plot is not None]
        for name in titles
    }
    return fill(
        "guard.html.j2",
        d=summary,
        config=config,
        environment=environment,
        headline=headline(summary),
        notes=notes(summary),
        languages=languages,
        everywhere=everywhere,
        titles=titles | {"parallel": "Parallel set"},
        plots=plots,
        headings={
            **{"sets": SET_HEADINGS, "averages": AVERAGE_HEADINGS, "lengths": LENGTH_HEADINGS},
            **{"categories": CATEGORY_HEADINGS, "kinds": KIND_HEADINGS, "suites": SUITE_HEADINGS},
            "parallel": PARALLEL_HEADINGS,
        },
        rows={
            "sets": {at: list(set_rows(summary, at)) for at in languages},
            "averages": list(average_rows(summary)),
            "lengths": {at: list(length_rows(summary, at)) for at in languages},
            "categories": {at: list(category_rows(summary, at)) for at in languages},
            "confusion": {at: confusion(summary, at) for at in languages},
            "kinds": {at: list(kind_rows(summary, at)) for at in languages},
            "parallel": list(parallel_rows(summary)),
            "suites": list(suite_rows(summary)),
        },
        errors={
            (at, kind): [each for each in errors if each["language"] == at and each["kind"] == kind]
            for at in everywhere
            for kind in ERROR_KINDS
        },
        error_kinds=ERROR_KINDS,
        number=number,
        brief=brief,
    )
