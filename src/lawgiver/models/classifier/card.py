"""What a classifier's folder says of itself, and which classifier exactly it is; no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data.files import atomic_write, read_text, sha256_bytes, sha256_file
from lawgiver.data.scenario import first_problem
from lawgiver.models.cache import fingerprint
from lawgiver.outcome import ConfigurationError

CARD, HEAD, INSIDE = "classifier.json", "head.safetensors", "guard"
CALIBRATION = "calibration.json"
"""Made for a classifier that is finished, so it is no part of which classifier that is."""
EXPORT_CARD, GRAPH, TOKENIZER = "card.json", "model.onnx", "tokenizer.json"
"""What an exported classifier has instead of weights that torch reads."""


class ClassifierCard(BaseModel):
    """Beside the weights, all that is needed to use them as they were trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    backbone: str
    """The name it grew from."""
    outputs: tuple[str, ...] = Field(min_length=1)
    """What the rows of the head are, in their order."""
    pooling: Literal["mean", "last"]
    window: int = Field(ge=4)
    """Tokens it reads at once."""
    overlap: int = Field(ge=0)
    """Tokens of text that neighbouring windows share."""
    prefix: str = ""
    """Put before every window."""
    user: str = ""
    """The marker before what a user said, where an answer follows it."""
    assistant: str = ""
    """The marker before an answer."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of what it was trained on."""
    data_sha256: str = ""
    """Of what it was trained on, in order."""


def write_card(folder: Path, card: ClassifierCard) -> None:
    """Write the card into a classifier's folder."""
    atomic_write(folder / CARD, card.model_dump_json(indent=1) + "\n")


def find_classifier(path: Path) -> Path:
    """The folder that holds the card: `path` itself, or `guard` in it, where a training run leaves it.

    Raises:
        ConfigurationError: if there is none.
    """
    for folder in (path, path / INSIDE):
        if (folder / CARD).is_file():
            return folder
    raise ConfigurationError(f"{path}: no {CARD} there; give a guard's folder, or the run that trained one to its end")


def read_card(path: Path) -> ClassifierCard:
    """The card of a classifier or of the run that trained it.

    Raises:
        ConfigurationError: if there is none, or it is of another version.
    """
    where = find_classifier(path) / CARD
    try:
        return ClassifierCard.model_validate_json(read_text(where))
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {first_problem(error)}") from None


def classifier_sha256(path: Path) -> str:
    """Lower-case hex sha256 over weights, configuration, tokenizer and card, without the calibration.

    Raises:
        ConfigurationError: if there is no classifier, or an exported one lacks a file.
    """
    folder = find_classifier(path)
    if not is_exported(folder):
        return fingerprint(folder, but=CALIBRATION)
    try:
        hashes = {name: sha256_file(folder / name) for name in (GRAPH, TOKENIZER, CARD)}
    except FileNotFoundError as error:
        raise ConfigurationError(f"{error.filename}: is missing; export the guard again") from None
    return sha256_bytes(json.dumps(hashes, sort_keys=True).encode())


def is_exported(path: Path) -> bool:
    """Whether a folder holds a classifier that needs no torch."""
    return (path / EXPORT_CARD).is_file()
