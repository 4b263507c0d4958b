"""The seeds that ship: well-formed, balanced, and nothing labelled twice."""

import csv
import unicodedata
from pathlib import Path

import pytest

from lawgiver.guard.taxonomy import CATEGORIES

SEEDS = Path(__file__).parents[2] / "charters/guard/seeds"
LANGUAGES = ("en", "fr", "es", "de")
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
