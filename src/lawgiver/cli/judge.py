"""`lawgiver judge`: judge exchanges that somebody else produced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from lawgiver.cli.console import progress


def judge(
    charter: str = typer.Argument(..., help="A charter's folder, or the name of one that ships."),
    input_: Path = typer.Option(..., "--input", "-i", help="JSONL: messages, response, labels, context."),
    output: Path = typer.Option(..., "--output", "-o", help="JSONL of judgements; written when all is judged."),
) -> None:
    """Judge exchanges from a file.

    A line is `{"messages": [{"role": "user", "content": "…"}], "response": "…", "labels": {…}, "context": {…}}`;
    `prompt` may stand in for `messages`. Exit status 1 if anything could not be scored.

    Example: `lawgiver judge medical -i exchanges.jsonl -o judgements.jsonl`
    """
    from lawgiver.charter import Charter
    from lawgiver.data import write_jsonl
    from lawgiver.data.files import numbered_jsonl

    opened = Charter.open(charter)
    exchanges = [_exchange(row, f"{input_}:{number}") for number, row in numbered_jsonl(input_)]
    with progress() as display:
        task = display.add_task("judge", total=len(exchanges), remark="")
        judgements = opened.judge(exchanges, lambda n: display.advance(task, n))
    write_jsonl(output, (judgement.to_json() for judgement in judgements))
    failed = sum(judgement.failed() for judgement in judgements)
    typer.echo(f"{len(judgements)} judged, {failed} could not be scored: {output}")
    raise typer.Exit(1 if failed else 0)


def _exchange(row: dict[str, Any], where: str) -> Any:
    from lawgiver.data import Exchange
    from lawgiver.outcome import ConfigurationError

    known = {"id", "messages", "prompt", "response", "labels", "context", "phase", "answer_part", "tags"}
    if unknown := sorted(set(row) - known):
        raise ConfigurationError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    messages = row.get("messages") or [{"role": "user", "content": row.get("prompt", "")}]
    if not isinstance(row.get("response"), str) or not isinstance(messages, list):
        raise ConfigurationError(f"{where}: needs a text under `response` and a list under `messages`")
    for message in messages:
        if not isinstance(message, dict) or not all(isinstance(message.get(key), str) for key in ("role", "content")):
            raise ConfigurationError(f"{where}: messages: each is an object with a text under `role` and `content`")
    for key in ("labels", "context"):
        if not isinstance(row.get(key, {}), dict):
            raise ConfigurationError(f"{where}: {key}: an object is wanted, not a {type(row[key]).__name__}")
    context = {"answer_part": row.get("answer_part"), "tags": row.get("tags", []), **row.get("context", {})}
    return Exchange(
        messages=tuple(messages),
        response=row["response"],
        labels=row.get("labels", {}),
        context=context,
        phase=row.get("phase", "response"),
        id=str(row.get("id", "")),
    )
