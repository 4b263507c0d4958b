"""Combining marks piled on letters, or struck through them, so that the letters are no longer the same characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from lawgiver.evidence.normalise.result import Edits

_PILE = 8  # marks on one letter; more than any orthography has, and few enough for normalising to stay linear
_MARK = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STRUCK = r"[\u0334-\u0338\u20d0-\u20df\u20e4-\u20eb]"
_ON_LETTER = re.compile(
    rf"(?<=[^\W_])(?:{_MARK}*{_STRUCK}{_MARK}*|{_MARK}{{3,}})"  # struck through, or three marks that do not compose
    rf"|(?<=[^\W_])(?:{_MARK}[^\W_]){{2,}}{_MARK}+"  # one on each of three letters in a row
)
_PILED = re.compile(rf"(?<=[^\W_]){_MARK}{{4,}}")  # written out, no orthography comes to more than three
_ANY_MARK = re.compile(f"{_MARK}+")


def cut_runs(text: str, edits: Edits) -> str:
    """Take piles of marks off letters, and keep the first of any that stand behind one another in dozens.

    NFKC sorts the marks of a letter, in quadratic time, and makes the first ones part of it; so this comes before it.
    """

    def shortened(match: re.Match[str]) -> str:
        found = match.group()
        edits.note("marks", match.start(), found, found[:_PILE], len(found) - _PILE)
        return found[:_PILE]

    return _long_run().sub(shortened, _PILED.sub(_bare(edits), text))


def strip(text: str, edits: Edits) -> str:
    """Take marks off letters where they are a disguise; the text is composed, so accents of letters are no marks."""
    return _ON_LETTER.sub(_bare(edits), text)


def _bare(edits: Edits) -> Callable[[re.Match[str]], str]:
    """A match without its marks."""

    def bare(match: re.Match[str]) -> str:
        found = match.group()
        kept = _ANY_MARK.sub("", found)
        edits.note("marks", match.start(), found, kept, len(found) - len(kept))
        return kept

    return bare


@cache
def _long_run() -> re.Pattern[str]:
    """More than `_PILE` characters in a row that are marks, or become them by NFKC."""
    marks = (c for c in map(chr, range(0x300, 0x20000)) if unicodedata.combining(unicodedata.normalize("NFKD", c)[0]))
    return re.compile(f"[{''.join(marks)}]{{{_PILE + 1},}}")
