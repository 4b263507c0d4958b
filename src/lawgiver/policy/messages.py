"""The engine's error texts, made short: `file:line:column: what` instead of a drawing and a stack trace."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_PLACE: Final = re.compile(r"^--> (?P<file>.+):(?P<line>\d+):(?P<column>\d+)$", re.MULTILINE)
_MESSAGE: Final = re.compile(r"^error: (?P<message>.*)$", re.MULTILINE)


class EngineMessage(NamedTuple):
    """What the engine said, and where."""

    file: str
    """Empty if it named none."""
    line: int
    """From 1; 0 if it named none."""
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}" if self.file else self.message


def read_message(text: str) -> EngineMessage:
    """Take an engine's error text apart."""
    text = text.split("\nStack backtrace:")[0].strip()
    place, message = _PLACE.search(text), _MESSAGE.search(text)
    said = message["message"] if message else text.split("\n")[0]
    if place is None:
        return EngineMessage("", 0, 0, said)
    return EngineMessage(place["file"], int(place["line"]), int(place["column"]), said)


def explain(error: BaseException) -> str:
    """Say on one line what the engine raised."""
    return str(read_message(str(error))) or type(error).__name__
