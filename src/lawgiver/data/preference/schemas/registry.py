"""Every schema by name, and which of them a file has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lawgiver.data.preference.fields import Row
from lawgiver.data.preference.schemas import hh, llamafactory, own, ranked, saferlhf, trl
from lawgiver.data.preference.schemas.base import Schema
from lawgiver.outcome import ConfigurationError

# the first that fits is taken, so what asks for more columns stands before what asks for fewer
SCHEMAS: dict[str, Schema] = {
    schema.name: schema
    for schema in (
        own.SCHEMA,
        saferlhf.PAIRS,
        ranked.SCHEMA,
        llamafactory.PAIRS,
        llamafactory.LABELLED,
        llamafactory.ALPACA,
        trl.EXPLICIT,
        trl.LABELLED,
        saferlhf.ANSWERS,
        trl.MESSAGES,
        hh.SCHEMA,
        trl.IMPLICIT,
    )
}


def schema_named(name: str) -> Schema:
    """A schema by its name.

    Raises:
        ConfigurationError: for an unknown name, listing those there are.
    """
    if name not in SCHEMAS:
        raise ConfigurationError(f"schema {name!r}: there is none of that name; choose one of {', '.join(SCHEMAS)}")
    return SCHEMAS[name]


def detect(rows: Sequence[Row], where: str) -> Schema:
    """The schema of a file, from its first rows.

    They are looked at together, a column counting if any of them has it and it is not null there: a malformed
    row does not hide what the file is.

    Raises:
        ConfigurationError: if no schema fits, naming the columns.
    """
    together: dict[str, Any] = {}
    for row in rows:
        for key, value in row.items():
            if together.get(key) is None:
                together[key] = value
    for schema in SCHEMAS.values():
        if schema.fits(together):
            return schema
    columns = sorted(str(key)[:40] for key, value in together.items() if value is not None)
    raise ConfigurationError(
        f"{where}: no known schema has the columns {', '.join(columns[:20]) or '(none)'}; rename them as in "
        f"docs/reference/preference-data.md, or say which it is: schema is one of {', '.join(SCHEMAS)}"
    )
