"""Digits and signs that stand for letters: `h0w t0 k1ll`, `p@ssw0rd`.

A token is read as a word only if a word comes out; numbers, dates, units, versions, addresses and codes stay.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

from lawgiver.evidence.normalise.lexicon import known, plausibility, wordlike
from lawgiver.evidence.normalise.result import Edits

_STANDS_FOR = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "li",
    "+": "t",
    "€": "e",
}
_SIGN = r"[0-9@$!|+€]"
_IN = r"A-Za-z\u00c0-\u024f0-9@$!|+€"
_TOKEN = re.compile(rf"(?<![{_IN}/\\=&#_~%.])(?<![^\W_])[{_IN}]{{2,24}}(?![{_IN}/\\=&#_~%])(?!\.\w)(?![^\W_])")
_MEASURE = re.compile(r"\d*(?:1st|2nd|3rd|\dth)|\d+(?:[kmcµu]?[gmlsw]|[kmgt]?b|[ap]m|min|sec|hz|k|d|h|p|x|v|c|f)")
_CODE = re.compile(r"\d+[a-z]{1,3}|[a-z]{1,3}\d+", re.IGNORECASE)  # 5th, 10kg, mp3, A5
_PUNCTUATION = "!|+€"  # at the border of a word, rather than letters
_CHOICES = 4  # doubtful signs in a word, all of whose readings are tried
_SURE, _SHARE = 3, 4  # so many words surely read, and one in so many of all: nobody writes so without meaning to


def letters(text: str, edits: Edits) -> str:
    """Read digits and signs inside words as the letters that they stand for, each by one letter; in linear time."""
    words = 0
    read: list[_Read] = []
    doubtful: list[tuple[int, str]] = []
    strange: list[tuple[int, str]] = []
    for match in _TOKEN.finditer(text):
        words += 1
        token = match.group()
        if token.isalpha():
            continue
        at = match.start() + len(token) - len(token.lstrip(_PUNCTUATION))
        core = token.strip(_PUNCTUATION)
        bare = core.strip("@")
        if core.isalpha() or not any(c.isalpha() for c in bare):
            continue
        if _CODE.fullmatch(bare) or bare.isalpha():  # `A5`, `@name`: or is it `@way`?
            doubtful.append((at, core))
            continue
        word = _word(core, sure=True) if core != bare else None
        if word is None:
            at, core = at + len(core) - len(core.lstrip("@")), bare
            word = _word(core)
        if word is None:
            strange.append((at, core))
        else:
            read.append(_Read(at, core, word))
    sure = len(read)
    if sure >= 2 or (sure and words <= 6):  # the text is known to be written so: `t0` and `th3` are read too
        steeped = sure >= _SURE and _SHARE * sure >= words
        found = [(at, core, _short(core, steeped)) for at, core in doubtful]
        found += [(at, core, _word(core, steeped=True)) for at, core in strange if steeped]
        read += [_Read(at, core, word) for at, core, word in found if word is not None]
    return _put_in(text, sorted(read), edits)


class _Read(NamedTuple):
    at: int
    core: str
    word: str
    """As long as the core."""


def _put_in(text: str, read: list[_Read], edits: Edits) -> str:
    """Words for tokens, in the order of the text."""
    pieces: list[str] = []
    end = 0
    for at, core, word in read:
        edits.note("leet", at, core, word)
        pieces += [text[end:at], word]
        end = at + len(core)
    return "".join([*pieces, text[end:]])


def _short(core: str, steeped: bool) -> str | None:
    """The word that a short token stands for; one in capitals may be a name (`A5`), where not all is written so."""
    capitals = core != core.lower() and not (len(core) > 2 and core[1:] == core[1:].lower())
    return None if (capitals and not steeped) or _MEASURE.fullmatch(core) else _word(core, sure=True)


def _word(core: str, sure: bool = False, steeped: bool = False) -> str | None:
    """The word that a token stands for, a known one if it is to be `sure`; None if there is none.

    In a text that is `steeped` in such words the likeliest reading is taken, whether it is a word or not.
    """
    if not all(c.isalpha() or c in _STANDS_FOR for c in core) or _mixed_case(core):
        return None
    options = [_STANDS_FOR.get(c, c) for c in core]
    if sum(len(option) > 1 for option in options) > _CHOICES:
        options = [option[0] for option in options]
    readings = ["".join(choice) for choice in product(*options)]
    found = [reading for reading in readings if known(reading)]
    signs = sum(not c.isalpha() for c in core)
    if not found and not sure and 5 * signs <= 2 * len(core) and re.search(rf"[^\W\d_]{_SIGN}+[^\W\d_]", core):
        found = [reading for reading in readings if wordlike(reading)]
    if not found and not steeped:
        return None
    best = max(found or readings, key=plausibility)
    capital = sum(c.isupper() for c in core) > 1
    return "".join(c if c.isalpha() else r.upper() if capital else r for c, r in zip(core, best, strict=True))


def _mixed_case(core: str) -> bool:
    """Capitals in the middle of small letters, as in codes and base64."""
    alone = "".join(c for c in core if c.isalpha())
    return not (alone.islower() or alone.isupper() or alone[1:].islower() or alone[1:] == "")
