"""Examples out of files: read, refused where they must not be seen, capped, held apart by group, repeated by source."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.data.files import sha256_bytes
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.split import split_of, unit_interval
from lawgiver.guard.classifier.counts import LeftOut, counts, left_out_rows
from lawgiver.guard.classifier.groups import joined
from lawgiver.guard.classifier.rows import Row, read_rows, row_of
from lawgiver.guard.classifier.settings import GuardData
from lawgiver.guard.example import Example
from lawgiver.guard.parallel import folded, parallel_texts
from lawgiver.guard.scorer import unreadable
from lawgiver.guard.seeds import read_seeds
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

BLIND, UNREADABLE, LANGUAGE, LEFT_OUT, WITHOUT, CAPPED = (
    "its text must not be seen",
    "nothing in it can be read",
    "its language is not asked for",
    "its source is left out",
    "its source's rule leaves its category out",
    "its source has more rows than its cap",
)
HELD_OUT = "held-out.jsonl"
"""In a run, the rows that training does not see, for whoever calibrates the guard."""
_MOST_NAMES = 40


@dataclass(frozen=True)
class GuardExamples:
    """What training sees and what it is watched by."""

    train: tuple[Example, ...]
    """Each once; `epoch` repeats them."""
    dev: tuple[Example, ...]
    left_out: Counter[LeftOut]
    """Rows that are in neither, by kind."""
    untranslated: Counter[tuple[str, str]]
    """Unsafe rows by source and a name of a category that no rule translates, so that it says nothing."""

    @property
    def reasons(self) -> Counter[str]:
        """Rows that are in neither part, by reason."""
        return _reasons(self.left_out)

    @property
    def sha256(self) -> str:
        """Of both parts, in their order."""
        rows = [[example.model_dump(mode="json") for example in part] for part in (self.train, self.dev)]
        return sha256_bytes(json.dumps(rows, sort_keys=True).encode())

    def to_json(self) -> dict[str, Any]:
        """Counts, for programs: by source, language, label and category."""
        return {
            "train": counts(self.train),
            "dev": counts(self.dev),
            "left_out": dict(self.reasons),
            "left_out_rows": left_out_rows(self.left_out),
            "untranslated": [
                {"source": source, "category": name, "rows": number}
                for (source, name), number in sorted(self.untranslated.items())
            ],
            "sha256": self.sha256,
        }


def prepare_examples(data: GuardData, more: Iterable[Example] = ()) -> GuardExamples:
    """Read all that a recipe names.

    Args:
        data: the recipe's section.
        more: examples that are neither in files nor seeds, e.g. what a generator wrote.

    Raises:
        ConfigurationError: for a file or row that cannot be read, a rule for a source that no row has, or if training
            or watching is left without both safe and unsafe texts.
    """
    for path in data.paths:
        if not path.is_file():
            raise ConfigurationError(
                f"data.files: {path}: no such file; say where your files are: --set data.folder=DIR, "
                "or which: --set 'data.files=[FILE, FILE]'"
            )
    given = [*(read_seeds() if data.seeds else []), *more]
    read = [row for path in data.paths for row in read_rows(path, data)]
    read += [row_of(example, data) for example in given]
    _refuse_idle_rules(read, data)
    left_out: Counter[LeftOut] = Counter()
    blind = BlindTexts.wanted(data.refuse)
    kept: list[Example] = []
    for row in read:
        reason = _reason(row, data, blind)
        if reason:
            left_out[_left_out(row.example, reason)] += 1
        else:
            kept.append(row.example)
    kept, over = _capped(_grouped(kept), data)
    left_out.update(_left_out(example, CAPPED) for example in over)
    parts: dict[str, list[Example]] = {"train": [], "dev": []}
    for example in kept:
        parts[split_of(example.group, dev=data.dev, test=0.0, salt=f"guard:{data.salt}")].append(example)
    for name, part in parts.items():
        if len({example.unsafe for example in part}) < 2:
            raise ConfigurationError(
                f"data: of {len(read)} rows {len(part)} are left for {name}, not both safe and unsafe ones; left out: "
                f"{dict(_reasons(left_out)) or 'none'}; add rows, or change data.dev"
            )
    return GuardExamples(tuple(parts["train"]), tuple(parts["dev"]), left_out, _untranslated(read, data))


def read_examples(path: Path, data: GuardData) -> list[Example]:
    """The rows of one file as examples, categories under the guard's names.

    Raises:
        ConfigurationError: naming file, line and key of the first row that is none.
    """
    return [row.example for row in read_rows(path, data)]


def epoch(examples: Sequence[Example], data: GuardData) -> list[Example]:
    """The examples of an epoch, each as often as its source's rule says; the part of a time is drawn by hash."""
    seen: list[Example] = []
    for example in examples:
        rule = data.rule(example.source)
        seen += [example] * _often(example, rule.times, "guard:times")
        if example.response is not None:
            seen += [example.plain] * _often(example, rule.plain, "guard:plain")
    return seen


def _often(example: Example, times: float, salt: str) -> int:
    return int(times) + (unit_interval(example.id, salt) < times % 1)


def _refuse_idle_rules(rows: Sequence[Row], data: GuardData) -> None:
    sources = {row.example.source for row in rows}
    idle = sorted(set(data.sources) - {data.rule_name(source) for source in sources})
    if idle:
        there = sorted(sources - {""})
        raise ConfigurationError(
            f"data.sources: {', '.join(idle)}: no row has this source; there are "
            f"{', '.join(there[:_MOST_NAMES]) or 'none with a name'}{' …' if there[_MOST_NAMES:] else ''}; "
            "mend the name or take the rule out"
        )


def _untranslated(rows: Sequence[Row], data: GuardData) -> Counter[tuple[str, str]]:
    return Counter(
        (row.example.source, name)
        for row in rows
        if row.example.unsafe
        for name in row.named - set(NAMES) - set(data.rule(row.example.source).categories)
    )


def _left_out(example: Example, reason: str) -> LeftOut:
    return LeftOut(reason, example.source, example.language, example.unsafe)


def _reasons(left_out: Counter[LeftOut]) -> Counter[str]:
    found: Counter[str] = Counter()
    for kind, number in left_out.items():
        found[kind.reason] += number
    return found


def _reason(row: Row, data: GuardData, blind: BlindTexts) -> str | None:
    example, rule = row.example, data.rule(row.example.source)
    if rule.times == 0:
        return LEFT_OUT
    if any(asked and example.language not in asked for asked in (data.languages, rule.languages)):
        return LANGUAGE
    if not row.named.isdisjoint(rule.without):
        return WITHOUT
    said = [example.text, *([] if example.response is None else [example.response])]
    if unreadable(said[-1]):
        return UNREADABLE
    return BLIND if must_not_be_seen(said, blind) else None


def must_not_be_seen(said: Sequence[str], blind: BlindTexts) -> bool:
    """Whether a message, or one with its answer, is of the parallel set or listed: guards are measured on these."""
    if any(folded(text) in parallel_texts() for text in said):
        return True
    return bool(blind.hashes) and any(blind.lists(text) for text in {*said, " ".join(said)})


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


def _capped(examples: Sequence[Example], data: GuardData) -> tuple[list[Example], list[Example]]:
    """Without the rows that are over the cap of their source, and these."""
    by_source: dict[str, list[int]] = {}
    for position, example in enumerate(examples):
        by_source.setdefault(example.source, []).append(position)
    kept: set[int] = set()
    for source, positions in by_source.items():
        drawn = sorted(positions, key=lambda at: unit_interval(examples[at].id, "guard:cap"))
        kept.update(drawn[: data.rule(source).cap])
    over = [example for position, example in enumerate(examples) if position not in kept]
    return [example for position, example in enumerate(examples) if position in kept], over
