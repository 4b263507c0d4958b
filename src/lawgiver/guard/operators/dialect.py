"""Another spelling of the same language: text messages, speech, other regions, no accents."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators.operator import Operator
from lawgiver.guard.operators.spelling import de, en, es, fr
from lawgiver.guard.operators.spelling.style import Style

STYLES: dict[str, tuple[Style, ...]] = {"en": en.STYLES, "fr": fr.STYLES, "es": es.STYLES, "de": de.STYLES}
"""Language → its ways of spelling."""


def _rewrite(text: str, rng: Generator, language: str) -> str | None:
    """The text in a way of spelling that has a hold on it, chosen at random; None if none has."""
    styles = STYLES[language]
    for position in rng.permutation(len(styles)).tolist():
        written: str = styles[position].write(text)
        if written != text and written != text.lower():  # small letters alone are the case operator's
            return written
    return None


OPERATOR = Operator("dialect", "another spelling of the same language", _rewrite, languages=tuple(STYLES))
