"""Words whose letters are kept apart: `k i l l`, `k.i.l.l`, `k-i-l-l`.

Single letters behind one another are put together when they read as words; `U.S.A.`, `e.g.` and `a b c` stay.
"""

from __future__ import annotations

import re
from itertools import pairwise

from lawgiver.evidence.normalise.lexicon import cut, known, wordlike
from lawgiver.evidence.normalise.result import Edits

_LETTER = r"(?:[^\W_]|[@$])"
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![^\W_])(?<![@$])", r"(?![^\W_]|[@$])"
_RUN = re.compile(rf"{_EDGE_BEFORE}{_LETTER}([ .\-_*·•/|~+,:])(?:{_LETTER}\1)+{_LETTER}{_EDGE_AFTER}")
_PAIR = re.compile(rf"(?:^|(?<=\s\s)){_LETTER} {_LETTER}(?=\s\s|$)", re.MULTILINE)
_HAN = re.compile(r"(?<![^\W_])[\u3400-\u9fff](?: [\u3400-\u9fff]){3,}(?![^\W_])")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\d@$]+")
_LEET = str.maketrans("013457@$", "oieastas")


def together(text: str, edits: Edits) -> str:
    """Put letters together that single spaces, stops or dashes keep apart; in linear time."""
    joined = False

    def run(match: re.Match[str]) -> str:
        nonlocal joined
        letters = match.group()[::2]
        words = _read(letters, match.group(1))
        if words is None:
            return match.group()
        joined = True
        edits.note("spacing", match.start(), match.group(), words, len(words.split()))
        return words

    def pair(match: re.Match[str]) -> str:
        letters = match.group()[::2]
        if not known(letters.translate(_LEET)):
            return match.group()
        edits.note("spacing", match.start(), match.group(), letters)
        return letters

    def han(match: re.Match[str]) -> str:
        edits.note("spacing", match.start(), match.group(), match.group()[::2])
        return match.group()[::2]

    text = _HAN.sub(han, _RUN.sub(run, text))
    return _PAIR.sub(pair, text) if joined else text


def _read(letters: str, separator: str) -> str | None:
    """What letters spell, with spaces between words; None if they spell nothing."""
    if letters.isdigit():
        return None
    if not _LATIN.fullmatch(letters):
        # other scripts have no list of words here; four single letters in a row are no prose in any of them
        return letters if letters.isalpha() and len(letters) >= 4 else None
    guess = letters.translate(_LEET)
    if not guess.isalpha() or sum(c.isalpha() for c in letters) * 2 < len(letters):
        return None
    if separator == "." and letters.isupper() and len(letters) <= 5:  # an abbreviation
        return None
    if wordlike(guess, 4) if letters.isalpha() else known(guess):
        return letters
    if len(letters) < 5:
        return None
    words = cut(guess)
    if words is None:
        return letters if wordlike(guess, share=0.6, times=1) else None
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    return " ".join(letters[a:b] for a, b in pairwise(ends))
