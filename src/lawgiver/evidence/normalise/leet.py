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
    """Read digits and signs inside words as the letters that they stand for; in linear time."""
    words = surely = 0
    doubtful: list[_Doubtful] = []
    strange: list[_Doubtful] = []
    pieces: list[str] = []
    end = 0
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
            doubtful.append(_Doubtful(len(pieces), at - end, core))
            continue
        word = _word(core, sure=True) if core != bare else None
        if word is None:
            at, core = at + len(core) - len(core.lstrip("@")), bare
            word = _word(core)
        if word is None:
            strange.append(_Doubtful(len(pieces), at - end, core))
            continue
        surely += 1
        edits.note("leet", at, core, word)
        pieces += [text[end:at], word]
        end = at + len(core)
    pieces.append(text[end:])
    if surely >= 2 or (surely and words <= 6):
        steeped = surely >= _SURE and _SHARE * surely >= words
        readings = [(each, _short(each.core, steeped)) for each in doubtful]
        readings += [(each, _word(each.core, steeped=True)) for each in strange if steeped]
        _read_too(pieces, [(each, word) for each, word in readings if word is not None], edits)
    return "".join(pieces)


class _Doubtful(NamedTuple):
    piece: int
    offset: int
    core: str


def _read_too(pieces: list[str], readings: list[tuple[_Doubtful, str]], edits: Edits) -> None:
    """Put words in for what was left, now that the text is known to be written so: `t0`, `th3`."""
    for (piece, offset, core), word in sorted(readings, reverse=True):  # from the end, so that offsets stay right
        kept = pieces[piece]
        edits.note("leet", sum(map(len, pieces[:piece])) + offset, core, word)
        pieces[piece] = kept[:offset] + word + kept[offset + len(core) :]


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
