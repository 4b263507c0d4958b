"""`lawgiver guard`: a small multilingual guardrail. One file per command."""

from __future__ import annotations

import typer

from lawgiver.cli.guard import calibrate, evaluate, export, scan, train

app = typer.Typer(
    help="A multilingual guardrail: train it, calibrate it, measure it and its rivals, serve it.", no_args_is_help=True
)
app.command("calibrate")(calibrate.calibrate)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.command("scan")(scan.scan)
app.command("train")(train.train)
