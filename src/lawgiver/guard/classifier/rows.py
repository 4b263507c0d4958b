"""Rows of a file as examples: what a row says itself, and what its source's rule says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from lawgiver.data.preference.source import file_rows
from lawgiver.data.scenario import first_problem
from lawgiver.guard.classifier.settings import GuardData, SourceRule
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import readable
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

_IGNORED = {"group", "groups", "categories"}


class Row(NamedTuple):
    """An example, and what it was named."""

    example: Example
    named: frozenset[str] = frozenset()
    """Categories as the source names them."""


def read_rows(path: Path, data: GuardData) -> Iterator[Row]:
    """The rows of one file, categories under the guard's names, rules applied.

    Raises:
        ConfigurationError: naming file, line and key of the first row that is none.
    """
    for where, row in file_rows(path):
        yield _row(row, data, where)


def row_of(example: Example, data: GuardData) -> Row:
    """An example whose categories are the guard's, with its source's rule applied."""
    named = frozenset(name for name, applies in example.categories.items() if applies)
    return Row(_ruled(example, data.rule(example.source), example.categories), named)


def _row(row: dict[str, Any], data: GuardData, where: str) -> Row:
    fields = {
        key: readable(value) if isinstance(value, str) else value
        for key, value in row.items()
        if key not in _IGNORED and value is not None
    }
    given, groups = row.get("categories"), row.get("groups")
    if not isinstance(given, list | dict | None):
        raise ConfigurationError(f"{where}: categories: a list of names, or name → true or false, is wanted")
    if not isinstance(groups, list | None):
        raise ConfigurationError(f"{where}: groups: a list of names is wanted; one name belongs into group")
    known = given if isinstance(given, dict) else {}
    group = "\n".join(map(str, groups or [row.get("group") or row.get("id")]))
    try:
        example = Example.model_validate({**fields, "categories": known, "group": group})
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {first_problem(error)}") from None
    if isinstance(given, list):
        named, rule = [readable(str(name)) for name in given], data.rule(example.source)
        return Row(_ruled(example, rule, _translated(named, rule)), frozenset(named))
    return row_of(example, data)


def _translated(named: list[str], rule: SourceRule) -> dict[str, bool]:
    """The names that are known or translated apply; the others say nothing, neither yes nor no."""
    translated = [rule.categories.get(name, name) for name in named]
    return {name: True for name in translated if name in NAMES}


def _ruled(example: Example, rule: SourceRule, said: Mapping[str, bool]) -> Example:
    """The example, in the categories that are said, and those that its rule says of all; what is said counts more."""
    if not example.unsafe:
        return example
    always = {} if rule.category is None else {rule.category: True}
    return example.model_copy(update={"categories": {**dict.fromkeys(rule.never, False), **always, **said}})
