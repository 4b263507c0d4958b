"""What a schema is: which rows it fits, and what it reads out of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lawgiver.data.files import sha256_bytes
from lawgiver.data.preference.aside import Aside
from lawgiver.data.preference.fields import Row
from lawgiver.data.preference.record import Conversation, Record, group_of, prompt_key

Reader: TypeAlias = Callable[[Row, str | None], list[Record | Aside]]
"""Takes a row and the objective asked for (None: all that the row speaks of); raises `RowError`."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One layout of rows."""

    name: str
    fits: Callable[[Row], bool]
    """Whether a row has its columns; a column that holds null is not there."""
    read: Reader
    speaks: tuple[str, ...] = ()
    """The objectives that its rows name themselves; empty if whoever reads them has to say."""


def has(row: Row, *keys: str) -> bool:
    """Whether a row holds something under every key."""
    return all(row.get(key) is not None for key in keys)


def made_id(name: str, prompt: Conversation, *answers: str) -> str:
    """An id for a row that has none: its schema, and a hash of what it says."""
    content = "\0".join([prompt_key(prompt), *answers])
    return f"{name}:{sha256_bytes(content.encode())[:12]}"


def made_group(given: str, prompt: Conversation) -> str:
    """The group that the source gives, or else that of the prompt."""
    return given or group_of(prompt)
