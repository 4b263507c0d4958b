"""Text carried by characters that are not seen: tag characters, and variation selectors that count bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lawgiver.evidence.normalise.readable import Found, readable

_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")


def hidden(text: str) -> Iterator[Found]:
    """What unseen characters spell; to be asked before they are taken out."""
    for match in _TAGS.finditer(text):
        if text[match.start() - 1 : match.start()] == "\U0001f3f4":  # a regional flag
            continue
        yield Found("tags", match.start(), match.end(), "".join(chr(ord(c) - 0xE0000) for c in match.group()))
    for match in _SELECTORS.finditer(text):
        said = readable(bytes(_byte(ord(c)) for c in match.group()))
        if said is not None:
            yield Found("selectors", match.start(), match.end(), said)


def _byte(code: int) -> int:
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16
