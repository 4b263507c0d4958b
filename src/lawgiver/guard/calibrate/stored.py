"""Writing `calibration.json` where whoever opens the guard looks for it."""

from __future__ import annotations

from pathlib import Path

from lawgiver.data.files import atomic_write
from lawgiver.models.classifier.calibration import Calibration
from lawgiver.models.classifier.card import CALIBRATION, find_classifier, is_exported


def write_calibration(guard: Path, calibration: Calibration) -> Path:
    """Write it into the folder of a guard, or of the run that trained it; returns the file."""
    folder = find_classifier(guard)
    where = folder / CALIBRATION
    atomic_write(where, calibration.model_dump_json(indent=1) + "\n")
    if is_exported(folder):
        from lawgiver.guard.export.card import rewrite_card  # which reads what this module writes

        rewrite_card(folder)
    return where
