"""Settings out of a YAML file and the command line: how every recipe is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lawgiver.charter.files import read_yaml
from lawgiver.data.overrides import apply_overrides
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

Settings = TypeVar("Settings", bound=BaseModel)


def read_settings(kind: type[Settings], path: Path | None, overrides: Sequence[str] | None = None) -> Settings:
    """Read a file and apply `key=value` overrides, dotted keys and names of parts reaching inside (`lora.rank=8`).

    Args:
        kind: what to make of it.
        path: a YAML file; None begins with the defaults.
        overrides: what the command line says, the last word.

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    document: dict[str, Any] = read_yaml(path) if path else {}
    apply_overrides(document, list(overrides or []))
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        problem = first_problem(error).removeprefix("(whole row): ").replace("Value error, ", "", 1)
        raise ConfigurationError(f"{path or 'settings'}: {problem}") from None
