"""What an operator is: one way to write a text differently that leaves its label as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from numpy.random import Generator

Rewrite: TypeAlias = Callable[[str, Generator, str], str | None]
"""Text, randomness and language (ISO 639-1) → another text, or None if it has no hold on this one."""

WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Operator:
    """A label-preserving rewriting of a text."""

    name: str
    """As files and options name it."""
    summary: str
    """What it does, in one line."""
    rewrite: Rewrite
    """A pure function of its three arguments."""
    request_only: bool = False
    """Whether it makes sense of what a user says alone, and not of an answer."""
    languages: tuple[str, ...] = ()
    """The languages it knows; empty if it does not look at the language."""

    def apply(self, text: str, rng: Generator, language: str = "") -> str | None:
        """Rewrite a text.

        Args:
            text: any string; what is no text to begin with (blank, or with lone surrogates) is left alone.
            rng: source of all randomness; equal states give equal texts.
            language: ISO 639-1 of the text; empty if nobody said.

        Returns:
            Another text with the same label; None if the operator has no hold on this one.
        """
        if not text.strip() or any("\ud800" <= c <= "\udfff" for c in text):
            return None
        if self.languages and language not in self.languages:
            return None
        rewritten = self.rewrite(text, rng, language)
        return rewritten if rewritten != text else None


def some(count: int, share: float, rng: Generator) -> set[int]:
    """Positions 0 to count - 1, each with probability `share`, at least one of them if there is one."""
    if count == 0:
        return set()
    chosen = {int(i) for i in (rng.random(count) < share).nonzero()[0]}
    return chosen or {int(rng.integers(count))}


def each_word(text: str, share: float, rng: Generator, change: Callable[[str], str], shortest: int = 1) -> str:
    """Change some of the words of a text, a word being a run of letters, at least one if there is one long enough."""
    words = [match for match in WORD.finditer(text) if len(match.group()) >= shortest]
    chosen = some(len(words), share, rng)
    pieces: list[str] = []
    end = 0
    for position, match in enumerate(words):
        if position in chosen:
            pieces += [text[end : match.start()], change(match.group())]
            end = match.end()
    return "".join([*pieces, text[end:]])
