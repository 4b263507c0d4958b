"""Characters that are not seen, put between the letters of words."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator, some

_SHARE = 0.35
_UNSEEN = "\u200b\u2060\ufeff\u00ad\u200c\u200d"
_BEHIND = "\u0530"  # Latin, Greek and Cyrillic; joiners belong to the writing of some scripts behind them


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    inside = [c.isalpha() and c < _BEHIND for c in text]
    gaps = [i for i in range(1, len(text)) if inside[i - 1] and inside[i]]
    chosen = {gaps[i] for i in some(len(gaps), _SHARE, rng)}
    return "".join((_UNSEEN[rng.integers(len(_UNSEEN))] if i in chosen else "") + c for i, c in enumerate(text))


OPERATOR = Operator("zero_width", "unseen characters between letters", _rewrite)
