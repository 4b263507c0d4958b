"""One way of spelling a language: words and endings that are written otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Style:
    """One way of spelling."""

    name: str
    """What it is called, unique within a language."""
    words: Mapping[str, str]
    """Word in lower case → how it is written here; a word may contain an apostrophe, `'`."""
    patterns: tuple[tuple[str, str], ...] = ()
    """Regular expressions, each with what replaces it, in the order in which they are used after the words."""
    accents: bool = True
    """Whether accents are written."""
    capitals: bool = True
    """Whether capitals are written."""

    def write(self, text: str) -> str:
        """A text in this spelling."""
        text = _PIECE.sub(lambda match: self._word(match.group()), text)
        for pattern, replacement in self.patterns:
            text = re.sub(pattern, replacement, text)
        if not self.accents:
            text = without_accents(text)
        return text if self.capitals else text.lower()

    def _word(self, word: str) -> str:
        written = self.words.get(word.lower().replace("’", "'"))
        if written is None:
            return word
        if len(word) > 1 and word.isupper():
            return written.upper()
        return written[:1].upper() + written[1:] if word[0].isupper() else written


def pairs(text: str) -> dict[str, str]:
    """Words from a table `one=other`, separated by spaces; an underscore stands for a space."""
    return {
        word.replace("_", " "): written.replace("_", " ")
        for word, _, written in (entry.partition("=") for entry in text.split())
    }


def without_accents(text: str) -> str:
    """Letters without their accents, ñ and ç among them."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
