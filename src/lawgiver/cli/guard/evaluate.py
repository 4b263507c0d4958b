"""`lawgiver guard evaluate`."""

from __future__ import annotations

from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout


def evaluate(
    model: str = typer.Argument(
        ...,
        help="A guard's folder or run; `constant`, `random` or `keyword`; a hub id; a YAML file on a rival.",
    ),
    data: Path | None = typer.Option(
        None, "--data", "-d", help="The folder that holds eval_data_En, or En, and so on; --set parallel needs none."
    ),
    language: list[str] = typer.Option([], "--language", "-l", help="en, fr, es, de, …; repeatable. Default: all."),
    set_: list[str] = typer.Option(
        [],
        "--set",
        help="xstest, openai, toxicchat, beavertails, rtp_lx or xsafety, by default all of these; or parallel, "
        "which ships, in fourteen languages. Repeatable.",
    ),
    suite: list[str] = typer.Option(
        [], "--suite", help="An operator that rewrites texts, such as homoglyph; repeatable."
    ),
    suite_rows: int = typer.Option(200, min=1, help="Texts of each language and label that a suite rewrites."),
    roles: bool = typer.Option(False, help="Give BeaverTails as user and assistant, not joined as published."),
    threshold: float = typer.Option(0.5, min=0.0, max=0.999, help="A text is flagged strictly above it."),
    limit: int | None = typer.Option(None, min=1, help="Only so many rows of each file; for a quick look."),
    resamples: int = typer.Option(1000, min=100, help="Of every bootstrap."),
    max_failed: float = typer.Option(0.05, min=0.0, max=1.0, help="Share of texts that may fail."),
    run: Path | None = typer.Option(None, help="The run directory; default runs/guard-MODEL."),
    resume: bool = typer.Option(False, help="Go on with an evaluation that was interrupted; asks again what failed."),
    dry_run: bool = typer.Option(False, help="Read every file and column, check the guard's name; load no model."),
    output: Format = FORMAT,
) -> None:
    """Measure a guard on DuoGuard's evaluation files, or on the parallel set, beside guards that read nothing.

    Example: `lawgiver guard evaluate runs/guard --data evaluation --suite homoglyph --suite code_switch`

    Example: `lawgiver guard evaluate runs/guard --set parallel`
    """
    from lawgiver.guard.evaluate import GuardEvaluateConfig, evaluate_guard, prepare
    from lawgiver.guard.registry import check_name, open_scorer

    config = GuardEvaluateConfig(
        model=model,
        data=str(data or ""),
        languages=tuple(each.lower() for each in language),
        sets=tuple(set_),
        suites=tuple(suite),
        suite_rows=suite_rows,
        roles=roles,
        threshold=threshold,
        limit=limit,
        resamples=resamples,
        max_failed=max_failed,
    )
    what = check_name(model)
    plan = prepare(config)
    if dry_run:
        typer.echo(f"fine: {len(plan.questions)} texts in {len(plan.files)} files, {what}")
        return
    folder = run or Path("runs") / f"guard-{Path(model).name.removesuffix('.yaml').removesuffix('.yml')}"
    scorer = open_scorer(model)
    with progress() as display:
        task = display.add_task("evaluate", total=len(plan.questions), remark=Path(model).name)
        summary = evaluate_guard(plan, scorer, folder, lambda n: display.advance(task, n), resume=resume)
    from lawgiver.report.guard import write_guard
    from lawgiver.report.guard_tables import guard_tables
    from lawgiver.report.guard_words import headline, notes

    page = write_guard(folder)
    if output is Format.JSON:
        print_json(summary)
        return
    for table in guard_tables(summary):
        stdout().print(table)
    typer.echo(headline(summary))
    for note in notes(summary):
        typer.echo(f"note: {note}")
    typer.echo(f"report: {page}")
