"""Which exchanges a run looked at, told apart without keeping their texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lawgiver.data import sha256_bytes

INPUT = ("id", "prompt", "labels", "answer_part", "tags")
"""What of a row was there before any model answered."""


@dataclass(frozen=True)
class Split:
    """The exchanges of a run, without what was answered."""

    name: str
    """As the run calls it."""
    n: int
    sha256: str
    """Over the sorted ids and inputs."""
    prompts: frozenset[str]
    """A short hash of each prompt, blind to case and spacing: the same question under another id is the same."""

    def shared(self, other: frozenset[str]) -> int:
        """How many prompts both have."""
        return len(self.prompts & other)


def split_of(name: str, rows: Sequence[Mapping[str, Any]]) -> Split:
    """Identify a split by the lines of `judgements.jsonl`, in whatever order they are."""
    inputs = sorted(_canonical({key: row.get(key) for key in INPUT}) for row in rows)
    prompts = frozenset(_hash(" ".join(str(row["prompt"]).casefold().split()))[:16] for row in rows)
    return Split(name, len(rows), _hash("\n".join(inputs)), prompts)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _hash(text: str) -> str:
    return sha256_bytes(text.encode(errors="backslashreplace"))
