"""Capitals where nobody expects them: all of them, every second one, or at random."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    way = rng.integers(4)
    if way == 0:
        return text.upper()
    if way == 1:
        return text.lower() if text.lower() != text else text.upper()
    upper_N = rng.random(len(text)) < 0.5 if way == 2 else [i % 2 == 1 for i in range(len(text))]
    return "".join(c.upper() if up else c.lower() for c, up in zip(text, upper_N, strict=True))


OPERATOR = Operator("case", "capitals in other places", _rewrite)
