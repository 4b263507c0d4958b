"""Whether bytes are a text that somebody could read."""

from __future__ import annotations

from typing import NamedTuple

from lawgiver.evidence.normalise.lexicon import known

_NOT_ALNUM = str.maketrans("", "", "+/=-_")


class Found(NamedTuple):
    """A readable text that stood encoded in another one."""

    encoding: str
    start: int
    """Where it began, in characters."""
    stop: int
    """Where it ended; exclusive."""
    text: str
    """What it says."""


def readable(content: bytes, *, short: bool = False) -> str | None:
    """The text of some bytes, if they are UTF-8 (or UTF-16 as Windows writes it) and mostly letters and spaces.

    Args:
        content: what was decoded.
        short: whether there is so little of it that chance could make it letters; then all its words must be known.
    """
    if len(content) >= 8 and content[1::2].count(0) > 0.4 * len(content):
        content = content[: len(content) // 2 * 2].decode("utf-16-le", "replace").encode()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.strip() or not all(c.isprintable() or c in "\n\r\t" for c in text):
        return None
    if 10 * sum(c.isalpha() or c.isspace() for c in text) < 6 * len(text) and not _decodes_again(text):
        return None
    if short and not all(known(word.strip(".,;:!?'\"")) for word in text.split()):
        return None
    return text


def _decodes_again(text: str) -> bool:
    """Whether a text looks encoded itself: one long word of hexadecimal or base64 characters."""
    return len(text) >= 16 and text.isascii() and text.strip().translate(_NOT_ALNUM).isalnum()
