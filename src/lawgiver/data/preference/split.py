"""Split preferences into train, dev and test so that nothing of one is found in another.

A row's split is a hash of its group, so it stays where it is when rows are added, other data are mixed in, or
another objective is trained on the same prompts. What would give a held-out prompt away is taken out of the
split that is looked at more: never the other way round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lawgiver.data.preference.across import Across, near_across
from lawgiver.data.preference.record import Record, prompt_key, spoken
from lawgiver.outcome import ConfigurationError

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Split:
    """Three parts of one set of records, and what was taken out of them."""

    train: tuple[Record, ...]
    dev: tuple[Record, ...]
    test: tuple[Record, ...]
    same_prompt: Mapping[str, int]
    """Split → records taken out of it since their very prompt is in one that is held further out."""
    near_prompt: Mapping[str, int]
    """Split → records taken out of it since a near-duplicate of their prompt is in one held further out."""
    method: str
    """How near-duplicates were looked for; see `near_across`."""

    def to_json(self) -> dict[str, Any]:
        """Counts, for programs."""
        return {
            "train": len(self.train),
            "dev": len(self.dev),
            "test": len(self.test),
            "same_prompt": dict(self.same_prompt),
            "near_prompt": dict(self.near_prompt),
            "method": self.method,
        }


class Apart(NamedTuple):
    """Records that give nothing away of those held out, and how many did."""

    kept: tuple[Record, ...]
    same_prompt: int
    near_prompt: int
    method: str
    """How near-duplicates were looked for; see `near_across`."""


def split_of(group: str, *, dev: float = 0.1, test: float = 0.1, salt: str = "") -> str:
    """The split of a group: `train`, `dev` or `test`.

    Args:
        group: its name; nothing else matters.
        dev: the share of groups for dev, 0 to 1.
        test: the share of groups for test, 0 to 1; with `dev` below 1.
        salt: another salt gives another split.

    Raises:
        ConfigurationError: for shares out of range.
    """
    if not (dev >= 0 and test >= 0 and dev + test < 1):
        raise ConfigurationError(f"dev={dev!r}, test={test!r}: give shares of 0 or more that leave some for training")
    position = unit_interval(group, f"split:{salt}")
    if position < test:
        return "test"
    return "dev" if position < test + dev else "train"


def split_by_group(
    records: Sequence[Record], *, dev: float = 0.1, test: float = 0.1, salt: str = "", near_cap: int = 3_000
) -> Split:
    """Split records; no prompt is in two splits, nor a near-duplicate of it.

    Args:
        records: of all objectives that are to be trained or measured together.
        dev: the share of groups for dev.
        test: the share of groups for test.
        salt: another salt gives another split.
        near_cap: prompts up to which near-duplicates are looked for by characters too; see `near_across`.

    Raises:
        ConfigurationError: for shares out of range.
    """
    parts: dict[str, list[Record]] = {name: [] for name in SPLITS}
    for record in records:
        parts[split_of(record.group, dev=dev, test=test, salt=salt)].append(record)
    same: dict[str, int] = {}
    near: dict[str, int] = {}
    methods: list[str] = []
    for name, held in (("dev", ["test"]), ("train", ["dev", "test"])):
        apart = held_apart(parts[name], [record for other in held for record in parts[other]], near_cap=near_cap)
        parts[name], same[name], near[name] = list(apart.kept), apart.same_prompt, apart.near_prompt
        methods.append(apart.method)
    return Split(
        train=tuple(parts["train"]),
        dev=tuple(parts["dev"]),
        test=tuple(parts["test"]),
        same_prompt=same,
        near_prompt=near,
        method=min(methods, key=len),
    )


def held_apart(records: Sequence[Record], held: Sequence[Record], *, near_cap: int = 3_000) -> Apart:
    """Take out of `records` what would give a prompt of `held` away: the prompt itself, or a near-duplicate of it.

    Args:
        records: that are looked at more, e.g. to train on.
        held: that are held further out, e.g. to measure by.
        near_cap: see `near_across`.
    """
    keys = {prompt_key(record.prompt) for record in held}
    distinct = [record for record in records if prompt_key(record.prompt) not in keys]
    texts = list(dict.fromkeys(spoken(record.prompt) for record in distinct))
    found: Across = near_across(texts, list(dict.fromkeys(spoken(record.prompt) for record in held)), cap=near_cap)
    alike = {texts[position] for position in found.near}
    kept = tuple(record for record in distinct if spoken(record.prompt) not in alike)
    return Apart(kept, len(records) - len(distinct), len(distinct) - len(kept), found.method)


def unit_interval(group: str, purpose: str) -> float:
    """A number in [0, 1) that depends on a group and a purpose alone, spread evenly over groups."""
    content = f"{purpose}\0{group}".encode(errors="backslashreplace")
    return int.from_bytes(hashlib.sha256(content).digest()[:6]) / 2**48
