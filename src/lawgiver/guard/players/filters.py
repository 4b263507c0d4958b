"""What is wrong with a text that a generator wrote, before anybody judges it (DuoGuard, arXiv 2502.05163, sect. 4)."""

from __future__ import annotations

import re

from lawgiver.evidence.refusal import refusal
from lawgiver.evidence.repetition import repetition
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import unreadable

LOOP = 0.4
"""A text of which that share was said before is a loop."""
COPY = 0.85
"""Share of a seed's words, in their order of threes, that makes a text a copy of it."""
_SHORT = 20
"""Characters below which a language cannot be told."""
_REFUSALS = re.compile(
    r"je (?:ne )?(?:peux|suis) pas|désolé|(?:ich kann|ich darf) .{0,40}nicht|tut mir leid|no puedo|lo siento|"
    r"i['’]?m sorry|as an ai\b|en tant qu['’]ia|als ki\b|como ia\b",
    re.IGNORECASE,
)


def fault(text: str, seed: Example, language: str, longer: int) -> str | None:
    """Why a candidate is dropped; None if it is not.

    Args:
        text: what the generator wrote.
        seed: what it was asked about.
        language: ISO 639-1 of the language it was asked for; empty if of none.
        longer: characters by which the two may differ in length.
    """
    if unreadable(text) is not None:
        return "nothing to read in it"
    if abs(len(text) - len(seed.text)) > longer:
        return f"its length differs by more than {longer} characters"
    if refusal(text) or _REFUSALS.search(text[:120]):
        return "refused"
    if repetition(text) > LOOP:
        return "a loop"
    if _overlap(text, seed.text) > COPY:
        return "a copy of its seed"
    if language and len(text) >= _SHORT and language_of(text) != language:
        return "in another language"
    return None


def language_of(text: str) -> str:
    """ISO 639-1 of a text, by py3langid."""
    from py3langid import classify

    return str(classify(text)[0])


def _overlap(text: str, seed: str) -> float:
    """Share of the seed's threes of words that are in the text; of its words if it has fewer than three."""
    said, wanted = (re.findall(r"\w+", each.casefold()) for each in (text, seed))
    length = min(3, len(wanted)) or 1
    threes = [set(zip(*(words[at:] for at in range(length)), strict=False)) for words in (said, wanted)]
    return len(threes[0] & threes[1]) / len(threes[1]) if threes[1] else 0.0
