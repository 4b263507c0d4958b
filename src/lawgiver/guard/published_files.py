"""The three file formats of the published sets, read with errors that name file, row and column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.data.files import numbered_jsonl, read_text
from lawgiver.guard.scorer import readable
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file as it was read."""

    where: str
    """File and row, as errors name it."""
    fields: Mapping[str, Any]
    """Column → value."""


def records(path: Path) -> Iterator[Record]:
    """The rows of a `.csv`, a `.jsonl`, or a `.json` that holds one array.

    Raises:
        ConfigurationError: naming file and row of what cannot be read.
    """
    if path.suffix == ".jsonl":
        yield from (Record(f"{path}:{number}", row) for number, row in numbered_jsonl(path))
    elif path.suffix == ".csv":
        yield from _csv(path)
    else:
        yield from _array(path)


def text_of(record: Record, column: str) -> str:
    """A text, its lone surrogates made readable.

    Raises:
        ConfigurationError: if the column is missing or no text.
    """
    value = record.fields.get(column)
    if not isinstance(value, str):
        raise ConfigurationError(f"{record.where}: {column}: {_what(record, column)}; a text is wanted")
    return readable(value)


def flag(record: Record, column: str) -> bool:
    """A label: true and false, or 1 and 0.

    Raises:
        ConfigurationError: if the column is missing or anything else.
    """
    value = record.fields.get(column)
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise ConfigurationError(f"{record.where}: {column}: {_what(record, column)}; 0 or 1, or true or false, is wanted")


def _what(record: Record, column: str) -> str:
    if column not in record.fields:
        return f"no such column (there are {', '.join(map(str, record.fields)) or 'none'})"
    return f"is {str(record.fields[column])[:40]!r}"


def _csv(path: Path) -> Iterator[Record]:
    text = read_text(path).removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if None in row or None in row.values():
                raise ConfigurationError(f"{path}: row {number}: has another number of columns than the header")
            yield Record(f"{path}: row {number}", row)
    except csv.Error as error:
        raise ConfigurationError(f"{path}: line {reader.line_num}: not CSV ({error})") from None


def _array(path: Path) -> Iterator[Record]:
    try:
        rows = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not JSON ({error})") from None
    if not isinstance(rows, list):
        raise ConfigurationError(f"{path}: holds a {type(rows).__name__}; an array of objects is wanted")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ConfigurationError(f"{path}: row {number}: is a {type(row).__name__}; an object is wanted")
        yield Record(f"{path}: row {number}", row)
