"""The letters of words kept apart: `k i l l`, `k.i.l.l`."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator, each_word

_SHARE = 0.4
_SEPARATORS = (" ", ".", "-", "_", "*")
_SHORTEST = 4


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    separator = _SEPARATORS[rng.integers(len(_SEPARATORS))]
    return each_word(text, _SHARE, rng, separator.join, shortest=_SHORTEST)


OPERATOR = Operator("spacing", "the letters of some words kept apart", _rewrite)
