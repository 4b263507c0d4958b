"""`lawgiver guard calibrate`."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress, stdout
from lawgiver.outcome import ConfigurationError


def calibrate(
    guard: Path = typer.Argument(..., help="A guard's folder, or the run that trained it."),
    data: list[Path] = typer.Option(
        [],
        "--data",
        "-d",
        help="Labelled rows that the guard did not learn from, as a recipe's files; repeatable. Default: those "
        "that its training held out.",
    ),
    language: list[str] = typer.Option([], "--language", "-l", help="en, fr and so on; repeatable. Default: all."),
    fpr: float = typer.Option(0.05, min=0.0001, max=0.5, help="The share of safe texts that may be flagged."),
    fpr_of: list[str] = typer.Option(
        [], "--fpr-of", metavar="LANGUAGE=SHARE", help="Another --fpr for one language, as en=0.1; repeatable."
    ),
    alpha: float = typer.Option(
        0.1, min=0.0001, max=0.5, help="The share of unsafe texts that may be expected among those let pass surely."
    ),
    confidence: float | None = typer.Option(
        None, min=0.5, max=0.999999, help="Keep --fpr on other texts with this confidence, not only on these."
    ),
    least: int = typer.Option(100, min=2, help="Safe and unsafe rows each that a language needs for its own numbers."),
    dry_run: bool = typer.Option(False, help="Read rows and the guard's card; load no model, write nothing."),
    output: Format = FORMAT,
) -> None:
    """Fit temperatures and thresholds for every language and category; whoever opens the guard then uses them.

    Example: `lawgiver guard calibrate runs/guard`

    Example: `lawgiver guard calibrate runs/guard --data held-out.jsonl --fpr 0.02`

    Example: `lawgiver guard calibrate runs/guard --fpr 0.25 --fpr-of en=0.1 --least 50`
    """
    from lawgiver.guard.calibrate import CalibrationSettings, check_guard, held_out, prepare, write_calibration
    from lawgiver.guard.calibrate import calibrate as fit

    rates = _rates(fpr_of)
    settings = CalibrationSettings(fpr=fpr, fpr_of=rates, alpha=alpha, confidence=confidence, least=least)
    check_guard(guard)
    examples = prepare(data or [held_out(guard)], [each.lower() for each in language])
    if idle := sorted(set(rates) - {example.language for example in examples}):
        raise ConfigurationError(f"--fpr-of {', '.join(idle)}: no row is in this language")
    if dry_run:
        unsafe = sum(example.unsafe for example in examples)
        languages = ", ".join(sorted({example.language or "(no language)" for example in examples}))
        typer.echo(f"fine: {len(examples)} rows, {unsafe} of them unsafe, in {languages}")
        return
    from lawgiver.guard.classifier.open import open_guard
    from lawgiver.models.classifier.card import classifier_sha256

    with progress() as display:
        task = display.add_task("calibrate", total=len(examples), remark=guard.name)
        scorer = open_guard(guard, calibrated=False)
        found = fit(examples, scorer, classifier_sha256(guard), settings, lambda n: display.advance(task, n))
    path = write_calibration(guard, found.calibration)
    if output is Format.JSON:
        print_json({**found.document, "file": str(path)})
        return
    from lawgiver.report.guard_calibration import calibration_notes, calibration_table

    stdout().print(calibration_table(found.document))
    for note in calibration_notes(found.document):
        typer.echo(f"note: {note}")
    typer.echo(f"calibration: {path}")


def _rates(given: list[str]) -> dict[str, float]:
    """`en=0.1` and so on, as a mapping.

    Raises:
        ConfigurationError: for what is none.
    """
    rates: dict[str, float] = {}
    for each in given:
        found = re.fullmatch(r"([A-Za-z]{2,3})=(0?\.\d*[1-9]\d*)", each.strip())
        if found is None:
            raise ConfigurationError(f"--fpr-of {each}: a language and a share between 0 and 1 are wanted, as en=0.1")
        rates[found[1].lower()] = float(found[2])
    return rates
