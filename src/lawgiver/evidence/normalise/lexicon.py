"""Which strings look like words of English, French, Spanish or German: disguises are undone towards them.

The list holds the words that occur at least twice in the guard's own seed texts (of two letters: at least 23 times).
It need not be complete: what is not in it is judged by whether its letter triples occur in words that are.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files

LONGEST = 16
"""Letters of the longest word that running letters are cut into."""

_ALONE = frozenset("aiyoeuà")  # one-letter words of the four languages
_ODD_LETTER, _LONE_LETTER, _WORD = 1.2, 1.5, 1.0  # costs of a cutting: fewer and longer words are better


def fold(word: str) -> str:
    """Lower case without accents."""
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def known(word: str) -> bool:
    """Whether a word is in the list, whatever its case and accents."""
    return fold(word) in _words()


def plausibility(word: str) -> float:
    """How well the letter triples of a word, borders included, are known: mean of log(1 + words that have it), 0 up."""
    triples, counts = _triples(fold(word)), _triple_counts()
    return sum(math.log1p(counts[triple]) for triple in triples) / len(triples)


def wordlike(word: str, fewest: int = 5, *, share: float = 0.85, times: int = 3) -> bool:
    """Whether a word is known, or made of the letter triples that words are made of.

    Args:
        word: one word.
        fewest: letters from which its triples tell anything.
        share: how many of its triples must occur in known words, 0 to 1.
        times: in how many known words each.
    """
    folded = fold(word)
    if folded in _words():
        return True
    triples, counts = _triples(folded), _triple_counts()
    return len(folded) >= fewest and sum(counts[triple] >= times for triple in triples) >= share * len(triples)


def cut(letters: str) -> list[str] | None:
    """Cut running letters into words: the fewest known ones, with as few letters left over as can be.

    Args:
        letters: without spaces; time is linear in their number.

    Returns:
        The pieces in order, which together are `letters`; None if they do not read as words for the most part.
    """
    folded = "".join(fold(c)[:1] or c for c in letters)  # letter for letter, so that the pieces can be cut out
    words, size = _words(), len(letters)
    cost = [0.0] + [math.inf] * size
    back = [0] * (size + 1)
    for stop in range(1, size + 1):
        lone = folded[stop - 1] in _ALONE
        cost[stop], back[stop] = cost[stop - 1] + (_LONE_LETTER if lone else _ODD_LETTER), stop - 1
        for start in range(max(0, stop - LONGEST), stop - 1):
            if cost[start] + _WORD < cost[stop] and folded[start:stop] in words:
                cost[stop], back[stop] = cost[start] + _WORD, start
    pieces: list[str] = []
    stop, read, longest = size, 0, 0
    while stop > 0:
        start = back[stop]
        piece = letters[start:stop]
        if len(piece) > 1:
            read, longest = read + len(piece), max(longest, len(piece))
        pieces.append(piece)
        stop = start
    if read < (0.7 if longest < 4 else 0.5) * size or longest < 3:
        return None
    return _left_over_together(pieces[::-1])


def _left_over_together(pieces: list[str]) -> list[str]:
    """Letters left over side by side as one piece; they are a word that the list lacks."""
    merged: list[list[str]] = []
    open_piece = False
    for piece in pieces:
        odd = len(piece) == 1 and fold(piece) not in _ALONE
        if odd and open_piece:
            merged[-1].append(piece)
        else:
            merged.append([piece])
        open_piece = odd
    return ["".join(parts) for parts in merged]


def _triples(folded: str) -> list[str]:
    bordered = f"^{folded}$"
    return [bordered[i : i + 3] for i in range(max(1, len(bordered) - 2))]


@cache
def _words() -> frozenset[str]:
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(fold(word) for word in text.split())


@cache
def _triple_counts() -> Counter[str]:
    return Counter(triple for word in _words() for triple in _triples(word))
