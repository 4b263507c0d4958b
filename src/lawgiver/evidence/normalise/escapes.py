r"""Characters written as escapes: `%6b`, `\x6b`, `\u006b`, `&#107;`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from lawgiver.evidence.normalise.readable import Found

_ONE = r"(?:%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|&\#[0-9]{1,7};|&\#[xX][0-9A-Fa-f]{1,6};)"
_ESCAPED = re.compile(_ONE)
_LINE = re.compile(r"[^\n]+")
_BACKSLASH = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})")
_FEWEST = 3


def escapes(text: str) -> Iterator[Found]:
    """Lines in which characters are escaped, three or more of them, with the characters themselves."""
    for match in _LINE.finditer(text):
        line = match.group()
        if len(_ESCAPED.findall(line)) < _FEWEST:
            continue
        plain = _BACKSLASH.sub(lambda found: chr(int(found.group(1) or found.group(2), 16)), line)
        plain = html.unescape(unquote(plain))
        if plain != line:
            yield Found("escapes", match.start(), match.end(), plain)
