"""Some content words in another language, as people who live in two speak: `How do I matar my voisin`.

The table beside it holds one word, or a short phrase, for each language in a line, nouns in the singular or the plural
and verbs in the infinitive; where a language has one word for two lines, the first of them is taken.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from numpy.random import Generator

from lawgiver.guard.operators.operator import WORD, Operator, some

LANGUAGES = ("en", "fr", "es", "de")
_SHARE = 0.6


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    others = [other for other in LANGUAGES if other != language]
    words = _table()[language]
    matches = [match for match in WORD.finditer(text) if match.group().lower() in words]
    if not matches:
        return None
    target = others[rng.integers(len(others))]
    chosen = some(len(matches), _SHARE, rng)
    pieces: list[str] = []
    end = 0
    for position, match in enumerate(matches):
        if position in chosen:
            pieces += [text[end : match.start()], _cased(words[match.group().lower()][target], match.group())]
            end = match.end()
    return "".join([*pieces, text[end:]])


def _cased(word: str, like: str) -> str:
    """A word in capitals if the one it stands for is; German nouns keep theirs in any case."""
    return word.upper() if len(like) > 1 and like.isupper() else word


@cache
def _table() -> dict[str, dict[str, dict[str, str]]]:
    """Language → word in lower case → language → word."""
    lines = files(__package__).joinpath("code_switch.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [dict(zip(LANGUAGES, line.split("\t"), strict=True)) for line in lines]
    return {language: {row[language].lower(): row for row in reversed(rows)} for language in LANGUAGES}


OPERATOR = Operator("code_switch", "some words in another language", _rewrite, languages=LANGUAGES)
