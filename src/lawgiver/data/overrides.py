"""`key=value` overrides of a settings document, as the commands take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from lawgiver.outcome import ConfigurationError


def apply_overrides(document: dict[str, Any], overrides: Sequence[str]) -> None:
    """Set keys of a document in place; dotted keys reach inside (`lora.rank=8`), values are YAML.

    In a list of named parts the name is the key: `stages.safe.beta=0.05`.

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
    inner: Any = document
    for part in outer:
        inner = _inside(inner, part, override)
    if not isinstance(inner, dict):
        raise ConfigurationError(f"--set {override!r}: {outer[-1]} is a list; name a part of it, and a key of that")
    try:
        inner[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigurationError(f"--set {override!r}: the value is not YAML; quote it") from None


def _inside(outer: Any, part: str, override: str) -> Any:
    """What a key holds, made if it is not there; of a list of parts, the one of that name."""
    if isinstance(outer, list):
        named = {str(each["name"]): each for each in outer if isinstance(each, dict) and "name" in each}
        if part not in named:
            raise ConfigurationError(
                f"--set {override!r}: no part is named {part}; there are {', '.join(named) or 'none'}"
            )
        return named[part]
    inner = outer.setdefault(part, {})
    if not isinstance(inner, dict | list):
        raise ConfigurationError(f"--set {override!r}: {part} holds no keys")
    return inner
