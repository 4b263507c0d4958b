"""Rows out of a file of any layout, each with where it stands. Nothing in a file is executed or unpickled."""

from __future__ import annotations

import gzip
import importlib
import json
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any, TypeAlias

from lawgiver.data.files import read_text
from lawgiver.outcome import ConfigurationError

Placed: TypeAlias = tuple[str, dict[str, Any]]
"""Where a row stands, as `file:line`, and the row."""

MAX_LINE_BYTES = 32 << 20
MAX_JSON_BYTES = 1 << 30
SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".json", ".parquet")


def file_rows(path: Path) -> Iterator[Placed]:
    """The rows of a local file, one after the other.

    Raises:
        ConfigurationError: if it is missing, of another kind than `SUFFIXES`, or damaged, naming the line.
    """
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file")
    name = path.name.lower()
    if name.endswith((".jsonl", ".ndjson", ".jsonl.gz")):
        yield from _lines(path)
    elif name.endswith(".json"):
        yield from _json_rows(path)
    elif name.endswith(".parquet"):
        yield from _parquet_rows(path)
    else:
        raise ConfigurationError(f"{path}: this reads {', '.join(SUFFIXES)}; convert it to one of them")


def optional_module(name: str, what: str) -> Any:
    """A module of the `train` extra, loaded when it is needed and not before: it brings much with it.

    Raises:
        ConfigurationError: if it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigurationError(
            f"{what}: needs the package {name.partition('.')[0]}; pip install 'lawgiver[train]'"
        ) from None


def _lines(path: Path) -> Iterator[Placed]:
    try:
        with _opened(path) as file:
            number = 0
            # a bounded read: a small archive may unpack to a line without end
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise ConfigurationError(f"{path}:{number}: a line of more than {MAX_LINE_BYTES >> 20} MiB")
                if line.strip():
                    yield f"{path}:{number}", _object(_decoded(line, f"{path}:{number}"), f"{path}:{number}")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ConfigurationError(f"{path}: damaged archive ({error}); fetch it again") from None


def _opened(path: Path) -> BufferedIOBase:
    if not path.name.lower().endswith(".gz"):
        return path.open("rb")
    return gzip.open(path, "rb")


def _json_rows(path: Path) -> Iterator[Placed]:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise ConfigurationError(f"{path}: more than {MAX_JSON_BYTES >> 30} GiB; write one object a line (.jsonl)")
    document = _parsed(read_text(path), str(path))
    if not isinstance(document, list):
        raise ConfigurationError(f"{path}: a list of objects is wanted; one object a line belongs into a .jsonl file")
    for number, row in enumerate(document):
        if not isinstance(row, dict):
            raise ConfigurationError(f"{path}[{number}]: an object is wanted, not a {type(row).__name__}")
        yield f"{path}[{number}]", row


def _parquet_rows(path: Path) -> Iterator[Placed]:
    parquet = optional_module("pyarrow.parquet", str(path))
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    yield f"{path}[{number}]", row
                    number += 1
    except (OSError, ValueError) as error:  # pyarrow's errors are one or the other
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{path}: no parquet file that can be read ({_first_line(error)})") from None


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{where}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _object(text: str, where: str) -> dict[str, Any]:
    row = _parsed(text, where)
    if not isinstance(row, dict):
        raise ConfigurationError(f"{where}: a line holds one object, not a {type(row).__name__}")
    return row


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{where}: not JSON ({error.msg}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        raise ConfigurationError(f"{where}: not JSON ({error})") from None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
