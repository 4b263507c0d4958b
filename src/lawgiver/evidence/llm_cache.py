"""Answers of LLM judges kept on disk, so that a score is paid for once and a run can be rescored offline.

One small JSON file per answer, in `folder/ab/cdef….json`. The key is a hash of everything the answer depends
on: change a rubric, a field, a model, an endpoint or a character of the exchange, and it is another key.
Failures are never kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write

_log = logging.getLogger(__name__)

_MAX_BYTES = 65_536
"""No answer of declared fields comes near this; a larger file was not written here."""


def cache_key(*, rubric: str, schema: Mapping[str, Any], model: str, base_url: str, document: object) -> str:
    """Lower-case hex sha256 of what an answer depends on.

    Args:
        rubric: the judge's instructions, whole.
        schema: JSON schema of the answer.
        model: the model's name at the endpoint.
        base_url: the endpoint.
        document: the exchange, as JSON values.
    """
    parts = {"rubric": rubric, "schema": schema, "model": model, "base_url": base_url, "document": document}
    # ensure_ascii also encodes lone surrogates, which UTF-8 cannot
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class LLMCache:
    """A folder of answers; safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._warned = False

    def path(self, key: str) -> Path:
        """The file that holds the answer of `key`, whether it exists or not."""
        return self.folder / key[:2] / f"{key[2:]}.json"

    def get(self, key: str) -> object | None:
        """The answer kept for `key`; None if there is none or its file is unreadable.

        What is returned was on disk, where others may write: check it as if it came from the endpoint.
        """
        try:
            with self.path(key).open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
            entry = json.loads(content) if len(content) <= _MAX_BYTES else None
        except (OSError, ValueError, RecursionError):
            return None
        # a file copied or renamed to another key must not answer for it
        return entry.get("answer") if isinstance(entry, dict) and entry.get("key") == key else None

    def put(self, key: str, answer: Mapping[str, Any]) -> None:
        """Keep an answer; a full or read-only disk is warned of once and costs no score."""
        try:
            atomic_write(self.path(key), json.dumps({"key": key, "answer": dict(answer)}) + "\n")
        except OSError as error:
            if not self._warned:
                self._warned = True
                _log.warning("%s: answers of the LLM judge are not kept: %s", self.folder, error.strerror)
