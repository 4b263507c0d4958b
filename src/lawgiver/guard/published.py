"""DuoGuard's evaluation files as published: one folder a language, six files, a label rule each (arXiv 2502.05163)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lawgiver.guard.example import Example
from lawgiver.guard.published_files import Record, flag, records, text_of
from lawgiver.guard.scorer import readable
from lawgiver.guard.taxonomy import NAMES, category
from lawgiver.outcome import ConfigurationError

_LANGUAGE = re.compile(r"(?:eval_data_)?([A-Za-z]{2,3})")
_ORDER = ("en", "fr", "es", "de")
"""As the paper prints them; others follow by name."""


@dataclass(frozen=True, slots=True)
class Published:
    """One of the six sets."""

    name: str
    """As options and results name it."""
    title: str
    """As tables print it."""
    pattern: str
    """Its file within a language's folder."""
    aligned: bool
    """Whether row i says the same in every language."""


SETS: tuple[Published, ...] = (
    Published("xstest", "XSTest", "xstest*.csv", True),
    Published("openai", "OpenAI", "openai.json", True),
    Published("toxicchat", "ToxicChat", "toxic_chat.json", True),
    Published("beavertails", "BeaverTails", "beavertail_test.jsonl", True),
    Published("rtp_lx", "RTP-LX", "rtp_lx_prompt.json", False),
    Published("xsafety", "XSafety", "XSafety.json", False),
)
TITLES: Mapping[str, str] = {each.name: each.title for each in SETS}


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text with its place."""

    example: Example
    set: str
    """A name of `SETS`, or `parallel`."""
    kinds: tuple[str, ...] = ()
    """What the file itself calls it, outside the guard's categories: XSTest's type, BeaverTails' own categories."""


def published_files(
    folder: Path, languages: Sequence[str] = (), sets: Sequence[str] = ()
) -> dict[tuple[str, str], Path]:
    """(language, set) → file, for those that are there, in the order of tables.

    Args:
        folder: of folders named `En` or `eval_data_En`, or what holds `evaluation/`, or the folder of one language.
        languages: ISO 639-1 codes to keep; none keeps all.
        sets: names of `SETS` to keep; none keeps all.

    Raises:
        ConfigurationError: for a name that is no set, a language that is not there, or no file at all.
    """
    if unknown := set(sets) - set(TITLES):
        raise ConfigurationError(f"{', '.join(sorted(unknown))}: no such set; choose from {', '.join(TITLES)}")
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder; give the one that holds eval_data_En or En")
    places = (folder, *sorted(p for p in (*folder.iterdir(), *folder.glob("evaluation/*")) if p.is_dir()))
    found: dict[tuple[str, str], Path] = {}
    for place in places:
        code = _LANGUAGE.fullmatch(place.resolve().name)
        for each in SETS if code else ():
            files = sorted(place.glob(each.pattern))
            if len(files) > 1:
                raise ConfigurationError(f"{place}: {len(files)} files like {each.pattern}; leave one")
            if files and code:
                found[code.group(1).lower(), each.name] = files[0]
    if missing := {name.lower() for name in languages} - {language for language, _ in found}:
        there = ", ".join(sorted({language for language, _ in found})) or "none"
        raise ConfigurationError(f"{folder}: no files in {', '.join(sorted(missing))}; there are {there}")
    wanted = {name.lower() for name in languages}
    kept = {key: found[key] for key in sorted(found, key=_place) if not wanted or key[0] in wanted}
    kept = {key: path for key, path in kept.items() if not sets or key[1] in sets}
    if not kept:
        patterns = ", ".join(each.pattern for each in SETS if not sets or each.name in sets)
        raise ConfigurationError(f"{folder}: none of {patterns} in a folder named like En or eval_data_En")
    return kept


def read_published(path: Path, language: str, name: str, *, roles: bool = False) -> list[Row]:
    """The rows of one file.

    Labels, 1 being unsafe: XSTest: `type` begins with `contrast_`; OpenAI and ToxicChat: `moderation_flag`;
    BeaverTails: not `is_safe`; RTP-LX and XSafety: `class`.

    Args:
        path: the file.
        language: ISO 639-1.
        name: of its set.
        roles: give BeaverTails as a conversation; else as published, prompt and response joined by a blank.

    Raises:
        ConfigurationError: naming file, row and column of what is missing or malformed.
    """
    chosen = next(each for each in SETS if each.name == name)
    rows = []
    for index, record in enumerate(records(path)):
        identity = f"{language}/{name}/{index:05d}"
        unsafe, kinds = _label(record, name)
        fields: dict[str, Any] = {"text": text_of(record, "prompt"), "unsafe": unsafe}
        if name == "beavertails":
            fields |= {"response": text_of(record, "response"), "mode": "conversation"}
        if name in ("openai", "toxicchat"):
            fields["categories"] = _categories(record, unsafe)
        group = f"{name}/{index:05d}" if chosen.aligned else identity
        try:
            example = Example(id=identity, language=language, source=name, group=group, **fields)
        except ValidationError as error:
            raise ConfigurationError(f"{record.where}: {error.errors()[0]['msg']}") from None
        rows.append(Row(example if roles else example.plain, name, kinds))
    if not rows:
        raise ConfigurationError(f"{path}: no rows")
    return rows


def _place(key: tuple[str, str]) -> tuple[int, str, int]:
    """Where a language and a set stand in tables."""
    language, name = key
    return _ORDER.index(language) if language in _ORDER else len(_ORDER), language, list(TITLES).index(name)


def _label(record: Record, name: str) -> tuple[bool, tuple[str, ...]]:
    if name == "xstest":
        kind = text_of(record, "type")
        return kind.startswith("contrast_"), (kind,)
    if name == "beavertails":
        own = record.fields.get("category")
        named = sorted(key for key, held in own.items() if held is True) if isinstance(own, dict) else []
        return not flag(record, "is_safe"), tuple(map(readable, named))
    return flag(record, "moderation_flag" if name in ("openai", "toxicchat") else "class"), ()


def _categories(record: Record, unsafe: bool) -> dict[str, bool]:
    """What is known of the twelve; they were assigned by a model, sometimes in part, so oddities are left unknown."""
    parsed = record.fields.get("parsed_result")
    if parsed is None and not unsafe:
        return dict.fromkeys(NAMES, False)
    result = parsed.get("MODERATION_RESULT") if isinstance(parsed, dict) else None
    known: dict[str, bool] = {}
    for key, held in result.items() if isinstance(result, dict) else ():
        try:
            name = category(key).name
        except ConfigurationError:
            continue
        if isinstance(held, bool):
            known[name] = held
    # the flag is the label; categories that contradict it are nobody's word
    return {} if not unsafe and any(known.values()) else known
