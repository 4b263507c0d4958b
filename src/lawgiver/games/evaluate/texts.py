"""Plain English on which drift is measured: short paragraphs of many kinds, nothing about games."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def plain_texts() -> tuple[str, ...]:
    """The paragraphs of `plain.txt`, one line each."""
    content = resources.files(__package__).joinpath("plain.txt").read_text(encoding="utf-8")
    return tuple(line for line in content.split("\n") if line)
