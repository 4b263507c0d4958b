"""What an evaluation will ask: the rows of the files, and some of them again as every suite rewrites them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lawgiver.data.files import sha256_file
from lawgiver.guard.evaluate.config import GuardEvaluateConfig
from lawgiver.guard.example import Example
from lawgiver.guard.operators import Operator, operator
from lawgiver.guard.parallel import LANGUAGES, SOURCE, parallel_file, read_parallel
from lawgiver.guard.published import TITLES, Row, published_files, read_published
from lawgiver.guard.scorer import readable
from lawgiver.outcome import ConfigurationError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """One text to score."""

    key: str
    """The row's id; of a rewritten text with `+operator` behind it."""
    row: Row
    """The row as published."""
    example: Example
    """What is scored: the row's own text, or that text rewritten."""
    suite: str = ""
    """The operator that rewrote it; empty for the row itself."""


@dataclass(frozen=True)
class Plan:
    """All that is asked."""

    config: GuardEvaluateConfig
    questions: tuple[Question, ...]
    files: Mapping[str, str]
    """File, named by language and set, or `parallel` → sha256."""
    unchanged: Mapping[str, int]
    """Suite → texts that its operator left as they were, which are not asked again."""

    def identity(self) -> dict[str, Any]:
        """What a resumed run must have in common with what it resumes."""
        return {**self.config.model_dump(mode="json"), "type": "guard_evaluation", "files": dict(self.files)}


def prepare(config: GuardEvaluateConfig) -> Plan:
    """Read every file and rewrite what suites rewrite; no guard is opened.

    Raises:
        ConfigurationError: naming file, row and column of what is malformed, an operator or a set that there is not,
            or what is asked for without a folder.
    """
    operators = {name: operator(name) for name in config.suites}
    if unknown := set(config.sets) - {*TITLES, SOURCE}:
        raise ConfigurationError(
            f"{', '.join(sorted(unknown))}: no such set; choose from {', '.join(TITLES)}, {SOURCE}"
        )
    rows: list[Row] = []
    files: dict[str, str] = {}
    if set(config.sets) != {SOURCE}:
        found = published_files(_folder(config), config.languages, [name for name in config.sets if name != SOURCE])
        for (language, name), path in found.items():
            files[f"{language}/{name}"] = sha256_file(path)
            rows += spread(read_published(path, language, name, roles=config.roles), config.limit)
    elif operators:
        raise ConfigurationError(f"suites rewrite texts of published sets; with {SOURCE} alone there are none")
    if SOURCE in config.sets:
        files[SOURCE] = sha256_file(parallel_file())
        rows += _parallel(config)
    questions = [Question(row.example.id, row, row.example) for row in rows]
    unchanged = {}
    for name, chosen in operators.items():
        rewritten = _suite(config, rows, name, chosen)
        asked = [question for question in rewritten if question is not None]
        unchanged[name] = len(rewritten) - len(asked)
        questions += asked
    return Plan(config, tuple(questions), files, unchanged)


def spread(items: Sequence[T], limit: int | None) -> list[T]:
    """At most so many, evenly spread: the files are sorted by kind, so their first rows say little."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]


def _folder(config: GuardEvaluateConfig) -> Path:
    if not config.data:
        raise ConfigurationError(
            f"data: the published sets are in a folder of yours: give it, or ask for the set {SOURCE} alone"
        )
    return Path(config.data)


def _parallel(config: GuardEvaluateConfig) -> list[Row]:
    """The set that ships, in every language or in those asked for; a limit takes the same rows of each."""
    if missing := set(config.languages) - set(LANGUAGES):
        raise ConfigurationError(f"{SOURCE}: not in {', '.join(sorted(missing))}; there are {', '.join(LANGUAGES)}")
    examples = read_parallel()
    return [
        Row(example, SOURCE)
        for language in LANGUAGES
        if not config.languages or language in config.languages
        for example in spread([each for each in examples if each.language == language], config.limit)
    ]


def _suite(config: GuardEvaluateConfig, rows: Sequence[Row], name: str, operator: Operator) -> list[Question | None]:
    """The suite's questions, None for a text that the operator leaves as it is.

    XSafety is left out, since its labels call harmless texts unsafe; so is the parallel set, whose languages are to be
    compared; and BeaverTails, of which answers are a part, where an operator makes sense of requests alone.
    """
    outside = {"xsafety", SOURCE, *(["beavertails"] if operator.request_only else [])}
    found: list[Question | None] = []
    for language in dict.fromkeys(row.example.language for row in rows):
        own = [row for row in rows if row.example.language == language and row.set not in outside]
        of_label = ([row for row in own if row.example.unsafe == unsafe] for unsafe in (True, False))
        for row in (row for rows in of_label for row in spread(rows, config.suite_rows)):
            example = row.example
            # a generator of its own, so that a text is rewritten alike whatever else is asked
            rng = np.random.default_rng([config.seed, zlib.crc32(f"{name} {example.id}".encode())])
            what = "text" if example.response is None else "response"
            before = getattr(example, what)
            after = operator.apply(before, rng, language)
            rewritten = None if after is None else example.model_copy(update={what: readable(after)})
            found.append(Question(f"{example.id}+{name}", row, rewritten, name) if rewritten else None)
    return found
