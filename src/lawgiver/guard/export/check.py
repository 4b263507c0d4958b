"""What can be told of an export before anything is loaded."""

from __future__ import annotations

from pathlib import Path

from lawgiver.models.classifier.card import find_classifier, is_exported
from lawgiver.outcome import ConfigurationError


def check_source(guard: Path) -> None:
    """Look at a guard's folder without loading the guard.

    Raises:
        ConfigurationError: if there is none, or it is an export itself.
    """
    if is_exported(find_classifier(guard)):
        raise ConfigurationError(f"{guard}: is an export already; give the guard that it was made from")


def check_out(out: Path) -> None:
    """Look at where an export is to be.

    Raises:
        ConfigurationError: if something is there.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ConfigurationError(f"{out}: holds something already; choose another folder, or empty it")
