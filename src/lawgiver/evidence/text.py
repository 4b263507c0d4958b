"""The text as every scorer reads it: capped, lower case, plain quotes, and cut into words and sentences.

Responses are hostile: they may be a megabyte long, or hide words behind zero-width characters and look-alike
quotes. Everything here takes time linear in the capped length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LIMIT = 20_000
"""Characters of a text that are read; what follows is ignored."""

_QUOTES = {ord(c): "'" for c in "‘’‛′ʼ´`＇"} | {ord(c): '"' for c in "“”„‟″«»"}
_HIDDEN = dict.fromkeys([0x00AD, 0x034F, 0x061C, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF])
_PLAIN = _QUOTES | _HIDDEN
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?;\n]+")


@lru_cache(maxsize=1024)  # every scorer of a batch asks for the same texts in turn
def plain(text: str) -> str:
    """Fold to what the patterns are written in: at most `LIMIT` characters, lower case, `'` and `"`, NFKC."""
    text = text[:LIMIT]
    if not text.isascii():
        # twice: NFKC turns an acute accent into a space, and full-width forms into quotes
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)[:LIMIT]
    return text.replace("`", "'").lower()


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """The words of a text after `plain`; a word is a run of letters and digits, with inner apostrophes."""
    return tuple(_WORD.findall(plain(text)))


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text after `plain`, without their stops; line breaks and semicolons end one too."""
    return tuple(part.strip() for part in _SENTENCE.findall(plain(text)) if not part.isspace())
