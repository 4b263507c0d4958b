"""The scorers that a charter's `evidence` section asks for."""

from __future__ import annotations

from pathlib import Path

from lawgiver.charter.spec import CharterSpec

FITTED = "fitted"


def fitted_heads(spec: CharterSpec) -> list[str]:
    """The evidence fields that the fitted judge yields."""
    return [name for name, field in spec.evidence.items() if field.scorer == FITTED]


def scorers_todo(root: Path, spec: CharterSpec) -> None:
    """Placeholder."""


def build_scorers(root: Path, spec: CharterSpec) -> list:  # type: ignore[type-arg]
    """Placeholder."""
    return []
