"""What `Pair.to_json` and `Labelled.to_json` write, read back as it was."""

from __future__ import annotations

from dataclasses import replace

from lawgiver.data.preference.aside import Aside
from lawgiver.data.preference.fields import Row, RowError, name_of, prompt_of
from lawgiver.data.preference.record import Record
from lawgiver.data.preference.schemas.base import Schema, has
from lawgiver.data.preference.schemas.trl import answer_of, labelled_of, pair_of


def read(row: Row, objective: str | None) -> list[Record | Aside]:
    """The record of a row; none if it speaks of another objective than the one asked for."""
    stated = name_of(row, "objective")
    if not stated:
        raise RowError("objective", "a name is wanted, such as helpful or safe")
    if objective not in (None, stated):
        return []
    meta = row.get("meta") or {}
    if not isinstance(meta, dict):
        raise RowError("meta", "an object is wanted")
    prompt = prompt_of(row.get("prompt"), "prompt")
    record: Record
    if row.get("completion") is not None:
        record = labelled_of(row, stated, "own", prompt, answer_of(row, "completion"), "desirable")
    else:
        record = pair_of(row, stated, "own", prompt, answer_of(row, "chosen"), answer_of(row, "rejected"))
    return [replace(record, meta=meta)]


def _fits(row: Row) -> bool:
    return has(row, "objective", "prompt") and (has(row, "chosen", "rejected") or has(row, "completion", "desirable"))


SCHEMA = Schema("lawgiver", _fits, read)
