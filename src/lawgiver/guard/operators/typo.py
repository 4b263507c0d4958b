"""Slips of the fingers: two letters swapped, one left out, doubled, or its neighbour on the keyboard."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator, each_word

_SHARE = 0.3
_ROWS = {
    "de": ("qwertzuiop", "asdfghjkl", "yxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
}
_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    rows = _ROWS.get(language, _QWERTY)
    return each_word(text, _SHARE, rng, lambda word: _slipped(word, rng, rows), shortest=5)


def _slipped(word: str, rng: Generator, rows: tuple[str, ...]) -> str:
    """One slip behind the first letter, by which people know the word again."""
    at = int(rng.integers(1, len(word) - 1))
    way = rng.integers(4)
    if way == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == 1:
        return word[:at] + word[at + 1 :]
    row = next((row for row in rows if word[at].lower() in row), "")
    if way == 2 or not row:
        return word[:at] + word[at] + word[at:]
    place = row.index(word[at].lower())
    near = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    return word[:at] + near[rng.integers(len(near))] + word[at + 1 :]


OPERATOR = Operator("typo", "slips of the fingers in some words", _rewrite)
