"""Rows to scan: what a line says, or why it says nothing. No line stops a scan."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from lawgiver.guard.example import Example
from lawgiver.outcome import ConfigurationError

MAX_LINE_BYTES = 32 << 20
"""A longer line is passed over as failed; a small archive may unpack to one without end."""
STDIN = "-"


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One line."""

    where: str
    """`file:line`, counted from 1."""
    id: str | None = None
    """As the row names itself."""
    example: Example | None = None
    """What is to be scored; its label means nothing."""
    error: str = ""
    """Why there is no example."""


def check_files(files: Sequence[str]) -> None:
    """Look whether every file is there.

    Raises:
        ConfigurationError: naming the first that is not.
    """
    for name in files:
        if name != STDIN and not Path(name).is_file():
            raise ConfigurationError(f"{name}: no such file")


def scan_rows(files: Sequence[str], *, plain: bool = False) -> Iterator[ScanRow]:
    """The rows of some files, one after the other, as they come.

    Args:
        files: JSONL, gzipped if the name ends in `.gz`; `-` is stdin, and so is no file at all.
        plain: every line is a text.
    """
    for name in files or [STDIN]:
        try:
            with _opened(name) as stream:
                for number, line in _lines(stream):
                    where = f"{'stdin' if name == STDIN else name}:{number}"
                    if line is None:
                        yield ScanRow(where, error=f"a line of more than {MAX_LINE_BYTES >> 20} MiB")
                    elif line.strip():
                        yield _row(line, where, plain)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            yield ScanRow(name, error=f"damaged archive ({error}); what follows in it was not read")


def _opened(name: str) -> BufferedIOBase | BinaryIO:
    if name == STDIN:
        return sys.stdin.buffer
    return gzip.open(name, "rb") if name.lower().endswith(".gz") else Path(name).open("rb")


def _lines(stream: BufferedIOBase | BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is too long, the rest of which is passed over."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
        yield number, None


def _row(line: bytes, where: str, plain: bool) -> ScanRow:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return ScanRow(where, error=f"not UTF-8 at byte {error.start}")
    if plain:
        return ScanRow(where, example=_example(text.rstrip("\r\n")))
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        return ScanRow(where, error=f"not JSON ({error.msg}, column {error.colno})")
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        return ScanRow(where, error=f"not JSON ({error})")
    if not isinstance(row, dict):
        return ScanRow(where, error=f"a line holds one object, not a {type(row).__name__}")
    return _of_object(row, where)


def _of_object(row: dict[str, Any], where: str) -> ScanRow:
    name = None if row.get("id") is None else str(row["id"])
    for key in ("text", "prompt", "response", "language"):
        if not isinstance(row.get(key), str | None):
            return ScanRow(where, name, error=f"{key}: a text is wanted, not a {type(row[key]).__name__}")
    asked, answer = row.get("text") if row.get("text") is not None else row.get("prompt"), row.get("response")
    language = (row.get("language") or "").lower()
    if asked is None and answer is None:
        return ScanRow(where, name, error="neither text nor prompt nor response is there")
    if asked is None:
        return ScanRow(where, name, _example(cast(str, answer), mode="response", language=language))
    if answer is None:
        return ScanRow(where, name, _example(asked, language=language))
    return ScanRow(where, name, _example(asked, response=answer, mode="conversation", language=language))


def _example(text: str, **more: Any) -> Example:
    return Example(id="", text=text, unsafe=False, **more)
