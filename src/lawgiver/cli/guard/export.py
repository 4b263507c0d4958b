"""`lawgiver guard export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stderr, stdout


class Weights(StrEnum):
    """How weights are stored."""

    INT8 = "int8"
    FP32 = "fp32"


def export(
    guard: Path = typer.Argument(..., help="A guard's folder, or the run that trained it."),
    out: Path = typer.Argument(..., help="Where to write; a folder that is empty, or not there yet."),
    data: list[Path] = typer.Option(
        [], "--data", "-d", help="Labelled rows, to measure what quantising changes; as a recipe's files; repeatable."
    ),
    language: list[str] = typer.Option([], "--language", "-l", help="Of these rows: en, fr and so on; repeatable."),
    precision: Weights = typer.Option(Weights.INT8, help="fp32 keeps the weights as they are, to compare with."),
    dry_run: bool = typer.Option(False, help="Check guard, folder and rows; load no model, write nothing."),
    output: Format = FORMAT,
) -> None:
    """Write a guard as a small folder that runs without torch, and measure what that changed.

    Example: `lawgiver guard export runs/guard guard-int8 --data held-out.jsonl`

    Example: `lawgiver guard scan guard-int8 texts.jsonl`

    Exit status: 0 fine; 2 for a guard that cannot be exported, a folder that is not empty, or malformed rows.
    """
    from lawgiver.guard.calibrate import check_guard, prepare
    from lawgiver.guard.export.check import check_out, check_source

    check_guard(guard)
    check_source(guard)
    check_out(out)
    examples = prepare(data, [each.lower() for each in language]) if data else []
    if dry_run:
        typer.echo(f"fine: {guard} into {out}, {len(examples)} rows to measure it on")
        return
    from lawgiver.guard.export.run import export_guard

    with progress() as display:
        task = display.add_task("export", total=2 * len(examples) or None, remark=guard.name)
        card = export_guard(
            guard,
            out,
            precision=precision.value,
            examples=examples,
            on_message=stderr().print,
            on_progress=lambda n: display.advance(task, n),
        )
        display.update(task, total=2 * len(examples) or 1, completed=2 * len(examples) or 1)
    if output is Format.JSON:
        print_json(card.model_dump(mode="json") | {"folder": str(out)})
        return
    if card.measured is not None:
        from lawgiver.report.guard_export import export_notes, export_table

        stdout().print(export_table(card.measured))
        for note in export_notes(card.measured):
            typer.echo(f"note: {note}")
    typer.echo(f"guard: {out}, {card.bytes / 1e6:.1f} MB, {card.precision}")
