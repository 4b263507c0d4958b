"""Read preferences from any number of sources: one account for each, conflicts between them set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from lawgiver.data.preference.account import Account, SetAside
from lawgiver.data.preference.aside import Aside, Reason
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.conflicts import reasons
from lawgiver.data.preference.fields import RowError
from lawgiver.data.preference.hub import folder_source, hub_rows, hub_source
from lawgiver.data.preference.record import Labelled, Pair, Record
from lawgiver.data.preference.schemas.base import Schema
from lawgiver.data.preference.schemas.registry import detect, schema_named
from lawgiver.data.preference.settings import PreferenceSource
from lawgiver.data.preference.source import SUFFIXES, Placed, file_rows
from lawgiver.data.preference.split import unit_interval
from lawgiver.outcome import ConfigurationError

_LOOK_AT = 20  # rows that tell the schema
_PLACES = 3  # of each reason


@dataclass(frozen=True)
class Preferences:
    """What was read and may be trained on, and what became of the rest."""

    records: tuple[Record, ...]
    accounts: tuple[Account, ...]
    """One per source, in the order they were given."""

    @property
    def objectives(self) -> tuple[str, ...]:
        """The objectives there is anything about, in order of appearance."""
        return tuple(dict.fromkeys(record.objective for record in self.records))

    def pairs(self, objective: str | None = None) -> list[Pair]:
        """The pairs, of one objective if it is named."""
        return [r for r in self.records if isinstance(r, Pair) and objective in (None, r.objective)]

    def labelled(self, objective: str | None = None) -> list[Labelled]:
        """The labelled answers, of one objective if it is named."""
        return [r for r in self.records if isinstance(r, Labelled) and objective in (None, r.objective)]


class _Found(NamedTuple):
    place: str
    content: Record | Aside


class _Reading(NamedTuple):
    """One source, read but not yet compared with the others."""

    source: str
    schema: str
    rows: int
    left_out: int
    found: list[_Found]


def read_preferences(sources: Sequence[PreferenceSource], *, refuse: Path | None = None) -> Preferences:
    """Read preference data.

    Args:
        sources: at least one; records of all of them are compared with one another.
        refuse: a list of SHA-1s of texts that must not be used, in addition to the one that the environment
            variable `LAWGIVER_BLIND_TEXTS` names.

    Returns:
        The records to use, in the order of the sources, and one account per source.

    Raises:
        ConfigurationError: for a source that cannot be had, an unknown schema, an objective it does not speak of,
            or a malformed row, naming where it stands and what is wrong. Conflicting rows are no error.
    """
    if not sources:
        raise ConfigurationError("no sources of preferences: name at least one")
    blind = BlindTexts.wanted(refuse)
    readings = [_read(source) for source in sources]
    records = [f.content for reading in readings for f in reading.found if not isinstance(f.content, Aside)]
    verdicts = iter(reasons(records, blind))
    used: list[Record] = []
    accounts: list[Account] = []
    for reading in readings:
        before = len(used)
        places: dict[tuple[str, Reason], list[str]] = defaultdict(list)
        for place, content in reading.found:
            reason = content.reason if isinstance(content, Aside) else next(verdicts)
            if reason is not None:
                places[content.objective, reason].append(place)
            elif not isinstance(content, Aside):
                used.append(content)
        accounts.append(
            Account(
                source=reading.source,
                schema=reading.schema,
                rows=reading.rows,
                made=len(reading.found) + reading.left_out,
                left_out=reading.left_out,
                used=len(used) - before,
                aside=tuple(
                    SetAside(objective, reason, len(where), tuple(where[:_PLACES]))
                    for (objective, reason), where in places.items()
                ),
            )
        )
    return Preferences(tuple(used), tuple(accounts))


def placed_rows(source: str) -> Iterator[Placed]:
    """The rows of a source, told by its shape: a file, a folder, or a data set on the hub.

    Raises:
        ConfigurationError: if it is nothing of the kind, or cannot be read.
    """
    if Path(source).is_file() or source.lower().endswith(SUFFIXES):
        return file_rows(Path(source))
    data_set = folder_source(source) or hub_source(source)
    if data_set is None:
        raise ConfigurationError(f"{source}: no file or folder, and no owner/name[:split] of the Hugging Face hub")
    return hub_rows(data_set)


def _read(source: PreferenceSource) -> _Reading:
    rows = placed_rows(source.source)
    first = list(islice(rows, _LOOK_AT))
    if not first:
        raise ConfigurationError(f"{source.source}: no rows")
    layout = source.layout
    schema = schema_named(layout) if layout else detect([row for _, row in first], source.source)
    _refuse_objective(source, schema)
    found: list[_Found] = []
    left_out = number = elsewhere = 0
    for place, row in islice(chain(first, rows), source.limit):
        number += 1
        if not all(row.get(column) in values for column, values in source.where.items()):
            elsewhere += 1
            continue
        try:
            contents = schema.read(row, source.objective)
        except RowError as error:
            raise ConfigurationError(f"{place}: {error} (read as {schema.name})") from None
        for content in contents:
            if not isinstance(content, Aside) and not _in_share(content, source.share):
                left_out += 1
            else:
                found.append(_Found(place, _called(content, source.called)))
    if number == elsewhere:
        raise ConfigurationError(f"{source.source}: where: none of {number} rows has {_told(source.where)}")
    return _Reading(source.source, schema.name, number, left_out + elsewhere, found)


def _told(where: Mapping[str, Sequence[object]]) -> str:
    return " and ".join(f"{column} {' or '.join(map(str, values))}" for column, values in where.items())


def _refuse_objective(source: PreferenceSource, schema: Schema) -> None:
    said = f"{source.source}: objective"
    if not schema.speaks and schema.name != "lawgiver" and source.objective is None:
        raise ConfigurationError(
            f"{said}: rows of the schema {schema.name} do not say what they speak of; give helpful, safe, or the "
            "name of a constraint"
        )
    if schema.speaks and source.objective is not None and source.objective not in schema.speaks:
        raise ConfigurationError(
            f"{said}: rows of the schema {schema.name} speak of {' and '.join(schema.speaks)}, not of "
            f"{source.objective!r}; give one of these, and the other name under `called`"
        )
    if source.called is not None and source.objective is None:
        raise ConfigurationError(f"{source.source}: called: say which objective is called {source.called!r}")


def _in_share(record: Record, share: float) -> bool:
    return share >= 1 or unit_interval(record.group, "share") < share


def _called(content: Record | Aside, name: str | None) -> Record | Aside:
    return content if name is None else replace(content, objective=name)
