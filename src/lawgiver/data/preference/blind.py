"""Texts that training must not see: a list of hashes, and whether a record holds one of them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lawgiver.data.files import read_text
from lawgiver.data.preference.record import Record
from lawgiver.outcome import ConfigurationError

VARIABLE = "LAWGIVER_BLIND_TEXTS"
"""Names a list that is applied wherever preferences are read."""

_WORD = re.compile(r"\w+")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_LEAST_WORDS = 3  # shorter texts are never listed: "thank you" is nobody's secret


@dataclass(frozen=True)
class BlindTexts:
    """The SHA-1 of each text, after NFKC, lower-casing, and joining its words with one space."""

    hashes: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> BlindTexts:
        """Read a list of one lower-case hex SHA-1 a line; blank lines are passed over.

        Raises:
            ConfigurationError: for a missing file, or a line that is no SHA-1, naming it.
        """
        hashes: set[str] = set()
        for number, line in enumerate(read_text(path).split("\n"), 1):
            found = line.strip().lower()
            if found and not _SHA1.fullmatch(found):
                raise ConfigurationError(f"{path}:{number}: no SHA-1; give one a line, 40 hexadecimal digits")
            hashes.add(found)
        return cls(frozenset(hashes - {""}))

    @classmethod
    def wanted(cls, refuse: Path | None) -> BlindTexts:
        """The list given, together with the one that the environment names; empty if there is neither."""
        named = os.environ.get(VARIABLE)
        paths = [path for path in (refuse, Path(named) if named else None) if path is not None]
        return cls(frozenset().union(*(cls.read(path).hashes for path in paths)))

    def lists(self, text: str) -> bool:
        """Whether a text is listed."""
        return blind_hash(text) in self.hashes

    def touch(self, record: Record) -> bool:
        """Whether a record's prompt, an answer, or prompt and answer together are listed.

        Of a dialogue, every message counts, every two that follow one another, and the whole.
        """
        if not self.hashes:
            return False
        said = [message["content"] for message in record.prompt if message["role"] != "system"]
        return any(self.lists(text) for answer in record.answers for text in _runs([*said, answer])) or any(
            self.lists(text) for text in _runs(said)
        )


def blind_hash(text: str) -> str | None:
    """The hash under which a text would be listed; None for one of fewer than three words, which never is."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
    if len(words) < _LEAST_WORDS:
        return None
    # a name, not a seal: the lists that exist are of SHA-1
    return hashlib.sha1(" ".join(words).encode(errors="backslashreplace"), usedforsecurity=False).hexdigest()


def _runs(said: Sequence[str]) -> set[str]:
    """Each message, each two in a row, and all of them."""
    return {*said, *(f"{a} {b}" for a, b in pairwise(said)), " ".join(said)}
