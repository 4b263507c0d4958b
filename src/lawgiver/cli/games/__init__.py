"""`lawgiver games`: moral games. One file per command."""

from __future__ import annotations

import typer

from lawgiver.cli.games import evaluate, oracle, tournament, train

app = typer.Typer(help="Moral games: exact optima, training, evaluation, tournaments.", no_args_is_help=True)
app.command("oracle")(oracle.oracle)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("tournament")(tournament.tournament)
