"""`lawgiver guard`: a small multilingual guardrail. One file per command."""

from __future__ import annotations

import typer

from lawgiver.cli.guard import calibrate, evaluate, train

app = typer.Typer(
    help="A multilingual guardrail: train it, calibrate it, measure it and its rivals.", no_args_is_help=True
)
app.command("calibrate")(calibrate.calibrate)
app.command("evaluate")(evaluate.evaluate)
app.command("train")(train.train)
