"""Minimal pairs: a request that is unsafe, and its twin in nearly the same words that is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lawgiver.data.files import read_text
from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES, category
from lawgiver.outcome import ConfigurationError

LANGUAGES = ("en", "fr", "es", "de")
COLUMNS = ("id", *LANGUAGES, *(f"twin_{language}" for language in LANGUAGES))
"""The columns of a file of seeds, separated by tabs."""


class Pair(NamedTuple):
    """An unsafe request and its benign twin, in one language and one group."""

    unsafe: Example
    benign: Example


def read_pairs(folder: Path) -> list[Pair]:
    """Read the seeds of all categories.

    Args:
        folder: with files `c01_….tsv` to `c12_….tsv`, any of which may be missing, of the columns `COLUMNS`.

    Returns:
        One pair for each row and language. All texts of a row are one group, so that splits keep them together.

    Raises:
        ConfigurationError: if there are no such files, or for a malformed row, naming file and line.
    """
    paths = sorted(folder.glob("c[0-9][0-9]_*.tsv"))
    if not paths:
        raise ConfigurationError(f"{folder}: no files c01_….tsv there; give the folder of the seeds")
    pairs = [pair for path in paths for pair in read_file(path)]
    seen: set[str] = set()
    for pair in pairs:
        if pair.unsafe.id in seen:
            raise ConfigurationError(f"{folder}: id {pair.unsafe.group!r} is there twice; ids are unique")
        seen.add(pair.unsafe.id)
    return pairs


def read_file(path: Path) -> list[Pair]:
    """Read the seeds of one category, which the file's name begins with: `c01_….tsv`.

    Raises:
        ConfigurationError: for another name or header, or a row with a cell too many, too few or empty.
    """
    code = path.name[:3]
    if not code[1:].isdigit():
        raise ConfigurationError(f"{path}: the name begins with a category's code, c01 to c12")
    name = category(f"C{int(code[1:])}").name
    header, *lines = read_text(path).split("\n")
    if tuple(header.rstrip("\r").split("\t")) != COLUMNS:
        raise ConfigurationError(f"{path}:1: the columns are {', '.join(COLUMNS)}, separated by tabs")
    pairs: list[Pair] = []
    for number, line in enumerate(lines, 2):
        cells = line.rstrip("\r").split("\t")
        if not line.strip():
            continue
        if len(cells) != len(COLUMNS):
            raise ConfigurationError(f"{path}:{number}: {len(cells)} cells, where {len(COLUMNS)} columns are")
        if empty := [column for column, cell in zip(COLUMNS, cells, strict=True) if not cell.strip()]:
            raise ConfigurationError(f"{path}:{number}: {empty[0]} is empty")
        row = dict(zip(COLUMNS, cells, strict=True))
        pairs += [_pair(row, language, name, path.stem) for language in LANGUAGES]
    return pairs


def _pair(row: dict[str, str], language: str, name: str, source: str) -> Pair:
    common = {"language": language, "source": f"seeds/{source}", "group": row["id"]}
    return Pair(
        # whether it is in other categories as well, nobody looked
        Example(id=f"{row['id']}.{language}", text=row[language], unsafe=True, categories={name: True}, **common),
        Example(
            id=f"{row['id']}.{language}.twin",
            text=row[f"twin_{language}"],
            unsafe=False,
            categories=dict.fromkeys(NAMES, False),
            **common,
        ),
    )


def back_to_back(pairs: Sequence[Pair], separator: str = "\n") -> list[Example]:
    """Two requests in one text, the first of them benign: unsafe if the second is.

    For each pair there is the twin followed by the unsafe request; and, where the group has another language, the
    twin followed by the twin in that language, which is safe, so that length and joining give nothing away.

    Args:
        pairs: of any groups; texts are joined within a group only.
        separator: what stands between the two.

    Returns:
        Examples of the groups and categories of their pairs.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.benign.group, []).append(pair)
    joined: list[Example] = []
    for group in groups.values():
        for position, pair in enumerate(group):
            joined.append(_joined(pair.benign, pair.unsafe, separator))
            if len(group) > 1:
                joined.append(_joined(pair.benign, group[(position + 1) % len(group)].benign, separator))
    return joined


def _joined(first: Example, second: Example, separator: str) -> Example:
    """Two texts as one, with the label of the second; of no language if they are of two."""
    return second.model_copy(
        update={
            "id": f"{first.id}+{second.id}",
            "text": f"{first.text}{separator}{second.text}",
            "language": first.language if first.language == second.language else "",
        }
    )
