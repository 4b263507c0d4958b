"""The operators by name."""

from __future__ import annotations

from numpy.random import Generator

from lawgiver.guard.operators import (
    base64,
    case,
    code_switch,
    dialect,
    frame,
    homoglyph,
    leet,
    spacing,
    typo,
    zero_width,
)
from lawgiver.guard.operators.operator import Operator
from lawgiver.outcome import ConfigurationError

_MODULES = (homoglyph, zero_width, leet, spacing, base64, case, typo, code_switch, dialect, frame)

OPERATORS: dict[str, Operator] = {module.OPERATOR.name: module.OPERATOR for module in _MODULES}
"""Name → operator."""
OBFUSCATIONS: tuple[str, ...] = ("homoglyph", "zero_width", "leet", "spacing", "base64")
"""Those that `normalise` undoes."""


def operator(name: str) -> Operator:
    """The operator of that name.

    Raises:
        ConfigurationError: if there is none; the message lists those there are.
    """
    try:
        return OPERATORS[name]
    except KeyError:
        raise ConfigurationError(f"operator {name!r}: not known; choose one of {', '.join(OPERATORS)}") from None


def apply(name: str, text: str, rng: Generator, language: str = "") -> str | None:
    """Rewrite a text by the operator of a name; see `Operator.apply`.

    Raises:
        ConfigurationError: if there is no such operator.
    """
    return operator(name).apply(text, rng, language)
