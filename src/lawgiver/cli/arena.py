"""`lawgiver arena`: several models over the same scenarios, against one of them."""

from __future__ import annotations

from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout
from lawgiver.outcome import ConfigurationError


def arena(
    base: str = typer.Argument(..., help="The evaluation the others are measured against; or NAME=RUN,RUN."),
    models: list[str] = typer.Argument(
        ..., metavar="RUN...", help="The others: RUN, NAME=RUN, or NAME=RUN,RUN for several seeds of one model."
    ),
    constraint: str = typer.Option(..., help="What is to be small: a constraint."),
    wanted: str = typer.Option("score", "--wanted", help="What is to be large: a principle, or score."),
    judge: list[str] = typer.Option(
        [],
        "--judge",
        help="Let a language model compare answers with the base's: helpful, harmless, or a rubric's file; repeatable.",
        show_default=False,
    ),
    lookalike: str | None = typer.Option(
        None, help="LABEL=VALUE of benign scenarios that sound dangerous, to measure over-refusal on."
    ),
    over_refusal: str = typer.Option("over_refusal", help="The constraint that says a question was refused."),
    retention: bool = typer.Option(False, help="Load the models, and measure what they still know."),
    reference: str = typer.Option("0,1", help="WANTED,COST of the worst point, for the hypervolume."),
    run: Path = typer.Option(Path("runs/arena"), help="The run directory."),
    resume: bool = typer.Option(False, help="Go on with an arena that was interrupted."),
    dry_run: bool = typer.Option(False, help="Check runs, metrics, rubrics and endpoint; compute and ask nothing."),
    output: Format = FORMAT,
) -> None:
    """Compare several models: win rates, Bradley–Terry strengths, over-refusal, what was kept, and the trade-off.

    Example: `lawgiver arena runs/base-test runs/dpo-test sacpo=runs/s0,runs/s1 --wanted helpfulness --constraint harm`
    """
    from lawgiver.evaluate.arena import ArenaConfig, prepare, run_arena

    prepared = prepare(
        ArenaConfig(
            base=base,
            models=tuple(models),
            wanted=wanted,
            constraint=constraint,
            over_refusal=over_refusal,
            lookalike=_label(lookalike),
            reference=_reference(reference),
            judges=tuple(dict.fromkeys(judge)),
            retention=retention,
        )
    )
    if dry_run:
        asked = f", {prepared.steps} askings and models to measure at most" if prepared.steps else ""
        typer.echo(
            f"fine: {len(prepared.field.entrants)} models × {len(prepared.field.rows)} scenarios, charter "
            f"{prepared.field.charter['sha256'][:12]}{asked}, into {run}"
        )
        return
    with progress() as display:
        task = display.add_task("arena", total=prepared.steps or None, remark="")
        document = run_arena(
            prepared, run, lambda n, remark: display.update(task, advance=n, remark=remark), resume=resume
        )
        display.update(task, total=prepared.steps or 1, completed=prepared.steps or 1)
    from lawgiver.report.arena import write_arena
    from lawgiver.report.arena_tables import arena_tables
    from lawgiver.report.arena_words import headline, notes, volume_words

    page = write_arena(run, document)
    if output is Format.JSON:
        print_json(document)
        return
    for table in arena_tables(document):
        stdout().print(table)
    typer.echo(f"{headline(document)} {volume_words(document)}")
    for note in notes(document):
        typer.echo(f"note: {note}")
    typer.echo(f"report: {page}")


def _label(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    label, equals, value = text.partition("=")
    if not equals or not label or not value:
        raise ConfigurationError(f"--lookalike {text!r}: write LABEL=VALUE, such as request=lookalike")
    return label, value


def _reference(text: str) -> tuple[float, float]:
    try:
        wanted, cost = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigurationError(f"--reference {text!r}: write WANTED,COST, such as 0,1") from None
    if not abs(wanted) + abs(cost) < float("inf"):
        raise ConfigurationError(f"--reference {text!r}: two finite numbers are wanted")
    return wanted, cost
