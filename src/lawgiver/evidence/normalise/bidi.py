"""Direction controls: text that is stored backwards and shown forwards is turned round, the marks are taken out."""

from __future__ import annotations

import re

from lawgiver.evidence.normalise.result import Edits

_CONTROLS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_OVERRIDDEN = re.compile(f"\u202e([^{_CONTROLS}\n]*)\u202c?")  # right-to-left override, up to its end
_CONTROL = re.compile(f"[{_CONTROLS}]+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def straight(text: str, edits: Edits) -> str:
    """The text in the order it is read, without direction controls.

    What stands in a right-to-left override is turned round, unless it is written from right to left anyway.
    """

    def turned(match: re.Match[str]) -> str:
        inner = match.group(1)
        if not inner or _RIGHT_TO_LEFT.search(inner):
            return inner
        edits.note("override", match.start(), inner, inner[::-1])
        return inner[::-1]

    def dropped(match: re.Match[str]) -> str:
        edits.note("direction", match.start(), match.group(), "", len(match.group()))
        return ""

    return _CONTROL.sub(dropped, _OVERRIDDEN.sub(turned, text))
