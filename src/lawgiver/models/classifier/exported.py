"""The card of an exported classifier: what it was made from, how it reads, and the hash of every file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data.files import atomic_write, read_text, sha256_file
from lawgiver.data.scenario import first_problem
from lawgiver.models.classifier.card import CALIBRATION, CARD, EXPORT_CARD, GRAPH, TOKENIZER, find_classifier
from lawgiver.outcome import ConfigurationError

Precision = Literal["int8", "fp32"]
NEEDED = (GRAPH, TOKENIZER, CARD)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """The classifier that was exported."""

    name: str
    sha256: str
    """As `classifier_sha256`."""
    backbone: str


class Tokens(_Part):
    """Ids that the tokenizer's file does not name."""

    pad: int = Field(ge=0)
    unknown: int | None = Field(default=None, ge=0)
    special: tuple[int, ...]
    """What no text gets, though it writes its name out."""


class ExportCard(_Part):
    """All of `card.json`."""

    format: Literal[1] = 1
    source: Source
    precision: Precision
    """`int8`: weights and embeddings in 8 bits, activations quantised as they come; `fp32`: as they were."""
    outputs: tuple[str, ...]
    languages: tuple[str, ...]
    """ISO 639-1 codes of what it was trained on."""
    window: int
    """Tokens it reads at once."""
    overlap: int
    tokens: Tokens
    vocabulary: int
    """How many tokens it knows."""
    bytes: int
    """Of all files but this one."""
    versions: Mapping[str, str]
    """Package → its version, of what made the files."""
    calibration: Mapping[str, Any] | None = None
    """In short what the calibration keeps to, and for which guard it was made; None if there is none."""
    measured: Mapping[str, Any] | None = None
    """Rates at the stored thresholds before and after, on the rows that were given; None if none were."""
    files: Mapping[str, str]
    """File → its lower-case hex sha256, of all but this one."""


def write_export_card(folder: Path, card: ExportCard) -> None:
    """Write the card; the last of the files, since it stands for the others."""
    atomic_write(folder / EXPORT_CARD, card.model_dump_json(indent=1) + "\n")


def read_export_card(path: Path) -> ExportCard:
    """The card of an exported classifier.

    Raises:
        ConfigurationError: if there is none, or it is damaged.
    """
    where = find_classifier(path) / EXPORT_CARD
    try:
        return ExportCard.model_validate_json(read_text(where))
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {first_problem(error)}; export the guard again") from None


def checked_export(path: Path) -> ExportCard:
    """The card, after every file was found to be the one that it names.

    Raises:
        ConfigurationError: naming the first file that is missing, changed, or that the card does not know.
    """
    folder, card = find_classifier(path), read_export_card(path)
    present = [CALIBRATION] if (folder / CALIBRATION).exists() else []
    for name in (*NEEDED, *present):
        if name not in card.files:
            raise ConfigurationError(f"{folder / name}: {EXPORT_CARD} does not name it; export the guard again")
    for name, sha256 in card.files.items():
        where = folder / Path(name).name  # a card can name nothing outside of its folder
        if not where.is_file():
            raise ConfigurationError(f"{where}: is missing; export the guard again")
        if (found := sha256_file(where)) != sha256:
            raise ConfigurationError(
                f"{where}: was changed since the export: its sha256 is {found[:12]}…, {EXPORT_CARD} says "
                f"{sha256[:12]}…; export the guard again"
            )
    return card
