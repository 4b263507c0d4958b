"""`lawgiver models`: what can be named, and getting it."""

from __future__ import annotations

import typer

app = typer.Typer(help="List and fetch models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """List the models that have a name; any hub id or local path works too.

    Example: `lawgiver models list`
    """
    from lawgiver.models import catalogue

    for entry in catalogue():
        typer.echo(f"{entry.name}  {entry.licence}  {entry.summary}")


@app.command()
def get(name: str = typer.Argument(..., help="A name from the list, a hub id or a path.")) -> None:
    """Fetch a model into the cache, check it, and print where it is.

    Example: `lawgiver models get smollm2-135m-instruct`
    """
    from lawgiver.models import resolve

    resolved = resolve(name, on_message=lambda message: typer.echo(message, err=True))
    typer.echo(resolved.path)
