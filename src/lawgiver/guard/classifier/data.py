"""Examples out of files: read, refused where they must not be seen, capped, held apart by group, repeated by source."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lawgiver.data.files import sha256_bytes
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.source import file_rows
from lawgiver.data.preference.split import split_of, unit_interval
from lawgiver.data.scenario import first_problem
from lawgiver.guard.classifier.groups import joined
from lawgiver.guard.classifier.settings import GuardData, SourceRule
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import readable, unreadable
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

BLIND, UNREADABLE, LANGUAGE, LEFT_OUT, CAPPED = (
    "its text must not be seen",
    "nothing in it can be read",
    "its language is not asked for",
    "its source is left out",
    "its source has more rows than its cap",
)
_IGNORED = {"group", "groups", "categories"}


@dataclass(frozen=True)
class GuardExamples:
    """What training sees and what it is watched by."""

    train: tuple[Example, ...]
    """Each once; `epoch` repeats them."""
    dev: tuple[Example, ...]
    left_out: Counter[str]
    """Rows that are in neither, by reason."""

    @property
    def sha256(self) -> str:
        """Of both parts, in their order."""
        rows = [[example.model_dump(mode="json") for example in part] for part in (self.train, self.dev)]
        return sha256_bytes(json.dumps(rows, sort_keys=True).encode())

    def to_json(self) -> dict[str, Any]:
        """Counts, for programs: by source and language, how many and how many of them unsafe."""
        return {
            "train": _counts(self.train),
            "dev": _counts(self.dev),
            "left_out": dict(+self.left_out),
            "sha256": self.sha256,
        }


def prepare_examples(data: GuardData, more: Iterable[Example] = ()) -> GuardExamples:
    """Read all that a recipe names.

    Args:
        data: the recipe's section.
        more: examples that are not in files, e.g. the project's seeds or what a generator wrote.

    Raises:
        ConfigurationError: for a file or row that cannot be read, or if training or watching is left without both
            safe and unsafe texts.
    """
    read = [example for path in data.files for example in read_examples(path, data)] + list(more)
    left_out: Counter[str] = Counter()
    blind = BlindTexts.wanted(data.refuse)
    kept: list[Example] = []
    for example in read:
        reason = _reason(example, data, blind)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(example)
    kept, over = _capped(_grouped(kept), data)
    left_out[CAPPED] += over
    parts: dict[str, list[Example]] = {"train": [], "dev": []}
    for example in kept:
        parts[split_of(example.group, dev=data.dev, test=0.0, salt=f"guard:{data.salt}")].append(example)
    for name, part in parts.items():
        if len({example.unsafe for example in part}) < 2:
            raise ConfigurationError(
                f"data: of {len(read)} rows {len(part)} are left for {name}, not both safe and unsafe ones; left out: "
                f"{dict(+left_out) or 'none'}; add rows, or change data.dev"
            )
    return GuardExamples(tuple(parts["train"]), tuple(parts["dev"]), left_out)


def read_examples(path: Path, data: GuardData) -> list[Example]:
    """The rows of one file as examples, categories under the guard's names.

    Raises:
        ConfigurationError: naming file, line and key of the first row that is none.
    """
    return [_example(row, data, where) for where, row in file_rows(path)]


def epoch(examples: Sequence[Example], data: GuardData) -> list[Example]:
    """The examples of an epoch, each as often as its source's rule says; the part of a time is drawn by hash."""
    seen: list[Example] = []
    for example in examples:
        times = data.rule(example.source).times
        more = unit_interval(example.id, "guard:times") < times % 1
        seen += [example] * (int(times) + more)
    return seen


def _example(row: dict[str, Any], data: GuardData, where: str) -> Example:
    fields = {key: value for key, value in row.items() if key not in _IGNORED and value is not None}
    rule = data.rule(str(row.get("source", "")))
    named = _names(row.get("categories"), rule) if row.get("unsafe") else {}
    groups = row.get("groups") or [row.get("group") or row.get("id")]
    try:
        example = Example.model_validate({**fields, "categories": named, "group": "\n".join(map(str, groups))})
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {first_problem(error)}") from None
    return example.model_copy(
        update={
            "text": readable(example.text),
            "response": None if example.response is None else readable(example.response),
        }
    )


def _names(given: Any, rule: SourceRule) -> dict[str, Any]:
    """Of a list, the names that are known or translated apply; the others say nothing, neither yes nor no."""
    if isinstance(given, dict):
        return given
    own = [str(name) for name in given] if isinstance(given, list) else []
    translated = [rule.categories.get(name, name) for name in own]
    return {name: True for name in translated if name in NAMES}


def _reason(example: Example, data: GuardData, blind: BlindTexts) -> str | None:
    if data.rule(example.source).times == 0:
        return LEFT_OUT
    if data.languages and example.language not in data.languages:
        return LANGUAGE
    said = [example.text, *([] if example.response is None else [example.response])]
    if unreadable(said[-1]):
        return UNREADABLE
    return BLIND if blind.hashes and any(blind.lists(text) for text in {*said, " ".join(said)}) else None


def _grouped(examples: Sequence[Example]) -> list[Example]:
    """Examples whose groups are those of the split: what shares a group, or the very text, is together."""
    keys = [
        [
            *(f"group:{name}" for name in e.group.split("\n") if name),
            f"text:{sha256_bytes(e.scored.casefold().encode())}",
        ]
        for e in examples
    ]
    return [e.model_copy(update={"group": group}) for e, group in zip(examples, joined(keys), strict=True)]


def _capped(examples: Sequence[Example], data: GuardData) -> tuple[list[Example], int]:
    """Without the rows that are over the cap of their source, and how many these are."""
    by_source: dict[str, list[int]] = {}
    for position, example in enumerate(examples):
        by_source.setdefault(example.source, []).append(position)
    kept: set[int] = set()
    for source, positions in by_source.items():
        drawn = sorted(positions, key=lambda at: unit_interval(examples[at].id, "guard:cap"))
        kept.update(drawn[: data.rule(source).cap])
    return [example for position, example in enumerate(examples) if position in kept], len(examples) - len(kept)


def _counts(examples: Sequence[Example]) -> dict[str, Any]:
    rows = Counter((example.source, example.language) for example in examples)
    unsafe = Counter((example.source, example.language) for example in examples if example.unsafe)
    return {
        "rows": len(examples),
        "unsafe": sum(unsafe.values()),
        "sources": [
            {"source": source, "language": language, "rows": number, "unsafe": unsafe[source, language]}
            for (source, language), number in sorted(rows.items())
        ],
    }
