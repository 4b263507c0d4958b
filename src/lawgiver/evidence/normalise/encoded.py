"""Text that stands in a text as base64, hexadecimal or binary numbers."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from lawgiver.evidence.normalise.readable import Found, readable

_SURE = 16  # characters of base64 from which chance cannot make text
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_\-=])[A-Za-z0-9+/_-]{6,}(?:\r?\n[A-Za-z0-9+/_-]{16,})*={0,2}(?![A-Za-z0-9+/_-])"
)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?[0-9a-fA-F]{2}(?:[ :,\-]?(?:0[xX])?[0-9a-fA-F]{2}){3,}(?![0-9A-Za-z])")
_BINARY = re.compile(r"(?<![0-9A-Za-z])[01]{8}(?:[ ,]?[01]{8}){2,}(?![0-9A-Za-z])")
_NOT_HEX = re.compile(r"0[xX]|[^0-9a-fA-F]")


def encoded(text: str) -> Iterator[Found]:
    """What readable texts stand encoded in a text; in linear time."""
    for match in _BINARY.finditer(text):
        bits = match.group().replace(" ", "").replace(",", "")
        content = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        said = readable(content, short=len(content) < 8)
        if said is not None:
            yield Found("binary", match.start(), match.end(), said)
    for match in _HEX.finditer(text):
        digits = _NOT_HEX.sub("", match.group())
        said = readable(bytes.fromhex(digits), short=len(digits) < 2 * 8) if len(digits) % 2 == 0 else None
        if said is not None:
            yield Found("hex", match.start(), match.end(), said)
    for match in _BASE64.finditer(text):
        yield from _base64(match)


def _base64(match: re.Match[str]) -> Iterator[Found]:
    """The text of a run of base64, of all its lines together, or else of each that is text alone."""
    whole = _said(match.group())
    if whole is not None:
        yield Found("base64", match.start(), match.end(), whole)
        return
    at = match.start()
    for line in match.group().splitlines(keepends=True):
        said = _said(line) if len(line) < len(match.group()) else None
        if said is not None:
            yield Found("base64", at, at + len(line.rstrip()), said)
        at += len(line)


def _said(run: str) -> str | None:
    compact = "".join(run.split()).rstrip("=").replace("-", "+").replace("_", "/")
    if len(compact) % 4 == 1 or len(set(compact)) < 4:
        return None
    try:
        content = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return readable(content, short=len(compact) < _SURE)
