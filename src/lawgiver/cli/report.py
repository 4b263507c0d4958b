"""`lawgiver report`: draw the page of a run again."""

from __future__ import annotations

from pathlib import Path

import typer


def report(runs: list[Path] = typer.Argument(..., help="Run directories.")) -> None:
    """Write `report.html` of each run from what it holds.

    Example: `lawgiver report runs/demo`
    """
    from lawgiver.report import write_report

    for run in runs:
        typer.echo(write_report(run))
