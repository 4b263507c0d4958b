"""Digits and signs for letters: `h0w t0 k1ll`."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator, each_word, some

_WORDS, _LETTERS = 0.8, 0.6
_SIGNS = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1", "b": "8"}


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    return each_word(text, _WORDS, rng, lambda word: _signed(word, rng), shortest=2)


def _signed(word: str, rng: Generator) -> str:
    places = [i for i, c in enumerate(word) if c.lower() in _SIGNS and not (i == 0 and c.lower() == "i")]
    chosen = {places[i] for i in some(len(places), _LETTERS, rng)}
    if len(chosen) == len(word):  # nothing but digits would be a number
        chosen -= {places[-1]}
    out = []
    for i, c in enumerate(word):
        signs = _SIGNS[c.lower()] if i in chosen else c
        sign = signs[rng.integers(len(signs))]
        out.append("1" if sign == "!" and i == len(word) - 1 else sign)
    return "".join(out)


OPERATOR = Operator("leet", "digits and signs for letters", _rewrite)
