"""Requests in fourteen languages, written for this project to measure guards with; training refuses their texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lawgiver.charter.find import shipped_folder
from lawgiver.data.files import read_text
from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

SOURCE, TITLE = "parallel", "Parallel set"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "zh", "ar", "hi", "tr", "ja")
COLUMNS = ("id", "unsafe", "categories", *LANGUAGES)
_WORD = re.compile(r"\w+")


def parallel_file() -> Path:
    """The file that ships with lawgiver."""
    return shipped_folder("charters") / "guard" / "parallel" / "requests.tsv"


def read_parallel(path: Path | None = None) -> list[Example]:
    """The set as examples, language by language; a row's are one group, and alike in label and categories.

    Of an unsafe text's other categories nothing is known.

    Args:
        path: of a file of the columns `COLUMNS`; None takes what ships with lawgiver.

    Raises:
        ConfigurationError: naming file and line of a row that lacks a language, has a category that there is not or
            none though it is unsafe, or repeats an id or a text.
    """
    path = parallel_file() if path is None else path
    header, *lines = read_text(path).removesuffix("\n").split("\n")
    if header.split("\t") != list(COLUMNS):
        raise ConfigurationError(f"{path}:1: columns {', '.join(COLUMNS)} are wanted, separated by tabs")
    if not lines:
        raise ConfigurationError(f"{path}: no rows")
    seen: dict[str, str] = {}
    examples = []
    for number, line in enumerate(lines, 2):
        for example in _of_line(line, f"{path}:{number}"):
            for key in (example.id, f"{example.language} {folded(example.text)}"):
                if key in seen:
                    raise ConfigurationError(f"{path}:{number}: the id or text of {example.id} is that of {seen[key]}")
                seen[key] = example.id
            examples.append(example)
    return sorted(examples, key=lambda example: LANGUAGES.index(example.language))


@cache
def parallel_texts() -> frozenset[str]:
    """The texts of the set that ships, folded."""
    return frozenset(folded(example.text) for example in read_parallel())


def folded(text: str) -> str:
    """A text by which it is known again: its words in lower case, whatever stands between them."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _of_line(line: str, where: str) -> Iterator[Example]:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ConfigurationError(f"{where}: {len(cells)} cells, where {len(COLUMNS)} columns are")
    row = dict(zip(COLUMNS, cells, strict=True))
    if empty := [column for column in ("id", *LANGUAGES) if not row[column].strip()]:
        raise ConfigurationError(f"{where}: {empty[0]} is empty; a row is in every language")
    named = row["categories"].split(",") if row["categories"] else []
    if unknown := set(named) - set(NAMES):
        raise ConfigurationError(f"{where}: categories: {', '.join(sorted(unknown))}: not among {', '.join(NAMES)}")
    if row["unsafe"] != ("true" if named else "false"):
        raise ConfigurationError(f"{where}: unsafe: true with categories, or false without, is wanted")
    for language in LANGUAGES:
        yield Example(
            id=f"{language}/{SOURCE}/{row['id']}",
            text=row[language],
            unsafe=bool(named),
            categories=dict.fromkeys(named, True) if named else dict.fromkeys(NAMES, False),
            language=language,
            source=SOURCE,
            group=f"{SOURCE}/{row['id']}",
        )
