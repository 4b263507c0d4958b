"""`lawgiver certify`."""

from __future__ import annotations

from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, stdout


def certify(
    runs: list[Path] = typer.Argument(
        ..., metavar="RUN...", help="The evaluation to certify; with --select, one for every candidate."
    ),
    run: Path | None = typer.Option(
        None, "--run", help="Where to write certificate.json and certificate.html; default: into the certified RUN."
    ),
    constraint: list[str] = typer.Option(
        [], "--constraint", help="A constraint by name; repeatable; default: all of the charter's.", show_default=False
    ),
    confidence: float | None = typer.Option(None, min=0.5, max=0.999999, help="Instead of each constraint's own."),
    confusion: Path | None = typer.Option(None, help="JSON: counts of the scorer's hits and misses on labelled rows."),
    labelled: Path | None = typer.Option(None, help="JSONL: labelled rows, to correct the scorer by."),
    select: list[Path] = typer.Option(
        [], "--select", help="A candidate's evaluation on another split, to choose by; repeatable.", show_default=False
    ),
    selected_on: list[Path] = typer.Option(
        [], "--selected-on", help="A run that was looked at when choosing; repeatable.", show_default=False
    ),
    charter: Path | None = typer.Option(
        None, "--charter", "-c", help="Where the charter is now; default: where RUN found it."
    ),
    dry_run: bool = typer.Option(False, help="Check runs, charter, labels and ledger; bound nothing, record nothing."),
    output: Format = FORMAT,
) -> None:
    """Certify, once, that an evaluation keeps the charter's constraints. Exit status: 0 PASS, 1 FAIL or NO SOLUTION.

    Choose on one split, certify on another. A split is certified on once; the use is recorded beside the runs.

    Example: `lawgiver certify runs/a-test runs/b-test --select runs/a-dev --select runs/b-dev`
    """
    from lawgiver.align.certify import CertifyConfig, check_untouched, prepare
    from lawgiver.align.certify import certify as certify_run

    config = CertifyConfig(
        runs=tuple(runs),
        select=tuple(select),
        selected_on=tuple(selected_on),
        constraints=tuple(constraint),
        confidence=confidence,
        confusion=confusion,
        labelled=labelled,
        charter=charter,
    )
    prepared = prepare(config)
    if dry_run:
        check_untouched(prepared, run)
        names = ", ".join(chosen.name for chosen in prepared.constraints)
        split = prepared.run.split
        typer.echo(f"fine: {names} on {split.n} exchanges of {split.name} in {prepared.run.path}, not certified before")
        return
    document = certify_run(prepared, run)
    from lawgiver.report.certificate import write_certificate
    from lawgiver.report.certificate_words import certificate_table

    page = write_certificate(run or prepared.run.path)
    if output is Format.JSON:
        print_json(document)
    else:
        stdout().print(certificate_table(document))
        stdout().print(f"{document['outcome']}: {document['convention']}", markup=False, soft_wrap=True)
        typer.echo(f"certificate: {page}")
    raise typer.Exit(0 if document["outcome"] == "PASS" else 1)
