"""What was taken and what was left out, in numbers: the rows of `data.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES


class LeftOut(NamedTuple):
    """A kind of row that is in neither part."""

    reason: str
    source: str
    language: str
    unsafe: bool


def counts(examples: Sequence[Example]) -> dict[str, Any]:
    """How many examples, how many of them unsafe, and how many of each category; also by source and language."""
    parts: dict[tuple[str, str], list[Example]] = {}
    for example in examples:
        parts.setdefault((example.source, example.language), []).append(example)
    return {
        **_counted(examples),
        "sources": [
            {"source": source, "language": language, **_counted(part)}
            for (source, language), part in sorted(parts.items())
        ],
    }


def left_out_rows(left_out: Counter[LeftOut]) -> list[dict[str, Any]]:
    """The same by reason, source, language and label, in that order."""
    return [{**kind._asdict(), "rows": number} for kind, number in sorted(left_out.items())]


def _counted(examples: Sequence[Example]) -> dict[str, Any]:
    of = Counter(name for example in examples for name, applies in example.categories.items() if applies)
    return {
        "rows": len(examples),
        "unsafe": sum(example.unsafe for example in examples),
        "categories": {name: of[name] for name in NAMES if of[name]},
    }
