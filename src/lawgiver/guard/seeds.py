"""The seeds that ship: requests in four languages with their benign twins, written for this project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lawgiver.charter.find import shipped_folder
from lawgiver.data.files import read_text
from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import category
from lawgiver.outcome import ConfigurationError

SOURCE = "seeds"
LANGUAGES = ("en", "fr", "es", "de")
COLUMNS = ("id", *LANGUAGES, *(f"twin_{language}" for language in LANGUAGES))


def read_seeds(folder: Path | None = None) -> list[Example]:
    """The seeds as examples: of each row four requests of the file's category and four twins that are safe.

    The eight of a row are one group. Of categories other than the file's nothing is known.

    Args:
        folder: of `c01_*.tsv` to `c12_*.tsv`; None takes what ships with lawgiver.

    Raises:
        ConfigurationError: for a folder without seeds, or naming file and line of the first row that is none.
    """
    folder = shipped_folder("charters") / "guard" / "seeds" if folder is None else folder
    paths = sorted(folder.glob("c*_*.tsv"))
    if not paths:
        raise ConfigurationError(f"{folder}: no seeds there (c01_*.tsv to c12_*.tsv)")
    return [example for path in paths for example in _of_file(path)]


def _of_file(path: Path) -> Iterator[Example]:
    name = category("C" + path.name.partition("_")[0].removeprefix("c").lstrip("0")).name
    header, *lines = read_text(path).removesuffix("\n").split("\n")
    if header.split("\t") != list(COLUMNS):
        raise ConfigurationError(f"{path}:1: columns {', '.join(COLUMNS)} are wanted, separated by tabs")
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(COLUMNS) or not all(cell.strip() for cell in cells):
            raise ConfigurationError(f"{path}:{number}: {len(COLUMNS)} cells are wanted, none of them empty")
        row = dict(zip(COLUMNS, cells, strict=True))
        for language in LANGUAGES:
            for column in (language, f"twin_{language}"):
                unsafe = column == language
                yield Example(
                    id=f"{SOURCE}:{row['id']}:{column}",
                    text=row[column],
                    unsafe=unsafe,
                    categories={name: True} if unsafe else {},
                    language=language,
                    source=f"{SOURCE}/{name}",
                    group=f"{SOURCE}:{row['id']}",
                )
