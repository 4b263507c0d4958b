"""The two cards of an export, for programs and for people, made anew whenever its calibration is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write, sha256_file
from lawgiver.guard.export.readme import README, readme
from lawgiver.models.classifier.calibration import read_calibration
from lawgiver.models.classifier.card import CALIBRATION
from lawgiver.models.classifier.exported import NEEDED, ExportCard, read_export_card, write_export_card


def rewrite_card(folder: Path, measured: Mapping[str, Any] | None = None) -> ExportCard:
    """Write `README.md` and `card.json` again after the calibration in the folder was written or replaced.

    Args:
        folder: of the export, its card included; what the card says of calibration and files may be out of date.
        measured: rates with this calibration; those with another one are dropped.

    Raises:
        ConfigurationError: if the calibration is of another guard.
    """
    card = read_export_card(folder).model_copy(update={"calibration": _in_short(folder), "measured": measured})
    names = [*NEEDED, *([CALIBRATION] if (folder / CALIBRATION).exists() else [])]
    card = card.model_copy(update={"files": {name: sha256_file(folder / name) for name in names}})
    atomic_write(folder / README, readme(card, folder))
    names.append(README)
    card = card.model_copy(
        update={
            "files": {**card.files, README: sha256_file(folder / README)},
            "bytes": sum((folder / name).stat().st_size for name in names),
        }
    )
    write_export_card(folder, card)
    return card


def _in_short(folder: Path) -> dict[str, Any] | None:
    found = read_calibration(folder)
    if found is None:
        return None
    unsafe = found.outputs["unsafe"]
    return {
        **found.settings.model_dump(),
        "guard_sha256": found.guard_sha256,
        "languages": sorted(unsafe.languages),
        "outputs": list(found.outputs),
    }
