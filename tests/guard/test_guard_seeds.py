"""The seeds that ship: well-formed, balanced, and nothing labelled twice."""

import csv
import unicodedata
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from lawgiver.guard.seeds import LANGUAGES, read_seeds
from lawgiver.guard.taxonomy import CATEGORIES
from lawgiver.outcome import ConfigurationError

SEEDS = Path(__file__).parents[2] / "charters/guard/seeds"
COLUMNS = ["id", *LANGUAGES, *(f"twin_{language}" for language in LANGUAGES)]
FILES = sorted(SEEDS.glob("*.tsv"))


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_each_category_has_a_file_in_the_taxonomys_order():
    assert [path.name.partition("_")[0] for path in FILES] == [f"c{number:02}" for number in range(1, 13)]
    assert len(CATEGORIES) == 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_sixty_seeds_in_four_languages_with_twins(path):
    found = rows(path)
    assert len(found) >= 60
    for row in found:
        assert list(row) == COLUMNS
        assert row["id"].startswith(path.stem.partition("_")[0] + "-")
        for name in COLUMNS[1:]:
            assert row[name] == row[name].strip() != "", row["id"]
            assert unicodedata.normalize("NFC", row[name]) == row[name], row["id"]
    for name in COLUMNS:
        assert len({row[name].casefold() for row in found}) == len(found), name


def test_no_text_is_safe_in_one_place_and_unsafe_in_another():
    found = [row for path in FILES for row in rows(path)]
    unsafe = {row[language].casefold() for row in found for language in LANGUAGES}
    benign = {row[f"twin_{language}"].casefold() for row in found for language in LANGUAGES}
    assert not unsafe & benign


def test_seeds_are_read_as_examples():
    seeds = read_seeds()
    assert len({seed.id for seed in seeds}) == len(seeds) == 8 * sum(len(rows(path)) for path in FILES)
    groups = {}
    for seed in seeds:
        groups.setdefault(seed.group, []).append(seed)
        assert dict(seed.categories) == ({seed.source.removeprefix("seeds/"): True} if seed.unsafe else {})
    for members in groups.values():
        assert Counter((seed.language, seed.unsafe) for seed in members) == Counter(product(LANGUAGES, (True, False)))
        assert len({seed.source for seed in members}) == 1
    texts = {
        (seed.source, seed.language, seed.unsafe): seed.text for seed in seeds if seed.id.startswith("seeds:c09-001:")
    }
    first = rows(FILES[8])[0]
    assert texts["seeds/hate", "fr", True] == first["fr"]
    assert texts["seeds/hate", "de", False] == first["twin_de"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id\ten\n", r"c01_a\.tsv:1: columns id, en, fr"),
        ("\t".join(COLUMNS).encode() + b"\nc01-001\tonly", r"c01_a\.tsv:2: 9 cells are wanted"),
        ("\t".join(COLUMNS).encode() + b"\nc01-001" + b"\t " * 8, r"c01_a\.tsv:2: 9 cells .* none of them empty"),
        ("\t".join(COLUMNS).encode() + b"\n\xff", r"c01_a\.tsv: not UTF-8"),
    ],
)
def test_seeds_that_are_none_are_named(tmp_path, content, said):
    (tmp_path / "c01_a.tsv").write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        read_seeds(tmp_path)


def test_a_folder_without_seeds(tmp_path):
    with pytest.raises(ConfigurationError, match="no seeds there"):
        read_seeds(tmp_path)
    (tmp_path / "c13_more.tsv").write_text("\t".join(COLUMNS))
    with pytest.raises(ConfigurationError, match="C13"):
        read_seeds(tmp_path)
