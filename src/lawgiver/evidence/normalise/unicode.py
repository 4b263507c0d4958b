"""Characters that are not seen, and characters that are written in more than one way.

Compatibility forms are folded by NFKC (Unicode Standard Annex 15); control characters, zero-width characters and
direction marks go, except joiners and selectors where a script or an emoji is written with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from lawgiver.evidence.normalise.bidi import straight
from lawgiver.evidence.normalise.marks import cut_runs, strip
from lawgiver.evidence.normalise.result import Edits

_ASCII_ODD = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f]+")
_ODD = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb]+")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]+")
# soft hyphen, joiners without a script, fillers, word joiner and invisible operators, byte order mark, annotations
_HIDDEN = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e001f]+"
    r"|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b+"  # between those letters it marks where words end
)
_JOINERS = re.compile(r"[\u200c\u200d]+")
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_ARABIC = re.compile(r"[\u0620-\u06ff\u0750-\u077f]")
_EMOJI = re.compile(r"[\u203c-\u2bff\ufe0f\U0001f000-\U0001faff\U000e007f]")
_Keep: TypeAlias = Callable[[re.Match[str]], str]
_TAGS = re.compile(r"[\U000e0020-\U000e007f]+")


def clean(text: str, edits: Edits) -> str:
    """Take out what is not seen and fold what is written in several ways; in linear time.

    Lone surrogates, which no encoding can carry, become U+FFFD.
    """
    if text.isascii():
        return _drop(_ASCII_ODD, "control", text, edits)
    text = _paired(text, edits)
    text = _drop(_ODD, "control", text, edits)
    text = _drop(_HIDDEN, "zero_width", text, edits)
    text = straight(text, edits)
    for pattern, keep in ((_JOINERS, _joins), (_SELECTORS, _selects), (_TAGS, _flags)):
        text = _drop(pattern, "zero_width", text, edits, keep)
    text = cut_runs(text, edits)
    return strip(_composed(text, edits), edits)


def _drop(pattern: re.Pattern[str], kind: str, text: str, edits: Edits, keep: _Keep | None = None) -> str:
    """The text without what a pattern finds, but for what `keep` gives back of it."""

    def replaced(match: re.Match[str]) -> str:
        found = match.group()
        kept = keep(match) if keep else ""
        if kept != found:
            edits.note(kind, match.start(), found, kept, len(found) - len(kept))
        return kept

    return pattern.sub(replaced, text)


def _around(match: re.Match[str]) -> tuple[str, str]:
    """The characters before and after a match; empty at the borders of the text."""
    text = match.string
    return text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]


def _joins(match: re.Match[str]) -> str:
    """One joiner where Persian, an Indic script or an emoji is written with it."""
    before, after = _around(match)
    first = match.group()[0]
    if not before or not after:
        return first if before and unicodedata.combining(before) == 9 else ""
    if 9 in (unicodedata.combining(before), unicodedata.combining(after)):  # beside a virama
        return first
    if _ARABIC.match(before) and _ARABIC.match(after):
        return first
    return first if first == "\u200d" and _EMOJI.match(before) and _EMOJI.match(after) else ""


def _selects(match: re.Match[str]) -> str:
    """One variation selector behind a symbol, a digit of a keycap or an ideograph; none behind a letter."""
    before, after = _around(match)
    if not before or before.isspace() or before.isascii():
        return match.group()[0] if before in tuple("0123456789#*") and after == "\u20e3" else ""
    if before.isalpha() and before < "\u3400":
        return ""
    return match.group()[0]


def _flags(match: re.Match[str]) -> str:
    """The tags of a regional flag, which stand behind a black flag and end in a cancel tag; others are hidden text."""
    found = match.group()
    return found if _around(match)[0] == "\U0001f3f4" and found[-1] == "\U000e007f" and len(found) <= 7 else ""


def _paired(text: str, edits: Edits) -> str:
    """Surrogate pairs as the character they stand for, lone ones as U+FFFD."""

    def replaced(match: re.Match[str]) -> str:
        mended = _PAIR.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), match.group())
        mended = _SURROGATE.sub(lambda lone: "\ufffd" * len(lone.group()), mended)
        edits.note("surrogate", match.start(), match.group(), mended, len(match.group()))
        return mended

    return _SURROGATE.sub(replaced, text)


def _composed(text: str, edits: Edits) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    composed = unicodedata.normalize("NFKC", text)
    forms = _compatibility_forms()
    changed = sum(count for c, count in Counter(text).items() if c in forms)
    if changed:
        at = next(i for i, c in enumerate(text) if c in forms)
        edits.note("compatibility", at, text[at], unicodedata.normalize("NFKC", text[at]), changed)
    return composed


@cache
def _compatibility_forms() -> frozenset[str]:
    """Characters that NFKC changes and NFC does not."""
    every = map(chr, range(0xA0, 0x30000))
    return frozenset(c for c in every if unicodedata.normalize("NFKC", c) != unicodedata.normalize("NFC", c))
