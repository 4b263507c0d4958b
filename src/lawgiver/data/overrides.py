"""`key=value` overrides of a settings document, as the commands take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from lawgiver.outcome import ConfigurationError


def apply_overrides(document: dict[str, Any], overrides: Sequence[str]) -> None:
    """Set keys of a document in place; dotted keys reach inside (`lora.rank=8`), values are YAML.

    Raises:
        ConfigurationError: for an override that is not `key=value`, or whose key runs through something without keys.
    """
    for override in overrides:
        _apply(document, override)


def _apply(document: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ConfigurationError(f"--set {override!r}: write key=value, e.g. --set steps=12")
    *outer, last = key.split(".")
    for part in outer:
        document = document.setdefault(part, {})
        if not isinstance(document, dict):
            raise ConfigurationError(f"--set {override!r}: {part} holds no keys")
    try:
        document[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigurationError(f"--set {override!r}: the value is not YAML; quote it") from None
