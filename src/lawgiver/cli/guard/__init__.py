"""`lawgiver guard`: a small multilingual guardrail. One file per command."""

from __future__ import annotations

import typer

from lawgiver.cli.guard import evaluate

app = typer.Typer(help="A multilingual guardrail: measure it, and its rivals.", no_args_is_help=True)
app.command("evaluate")(evaluate.evaluate)
