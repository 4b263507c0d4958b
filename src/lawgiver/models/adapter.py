"""What a folder of a run holds: an adapter, a whole model, and which model they grew from."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Lineage:
    """A model by name, and the adapters to put on it."""

    base: str
    """A catalogue name, a hub id or a folder."""
    adapters: tuple[Path, ...]
    """LoRA folders, the innermost first."""


def lineage(name: str) -> Lineage:
    """Follow a run or an adapter folder down to the model it grew from.

    Anything else, e.g. a catalogue name, is its own base.

    Raises:
        ConfigurationError: if an adapter names no base, or is its own base.
    """
    adapters: list[Path] = []
    name = _last_stage(name)
    while (adapter := adapter_of(Path(os.path.expanduser(name)))) is not None:
        if any(adapter.samefile(earlier) for earlier in adapters):
            raise ConfigurationError(f"{adapter}: is its own base (adapter_config.json: base_model_name_or_path)")
        adapters.append(adapter)
        name = base_of(adapter)
    whole = Path(os.path.expanduser(name)) / "model"  # a run that trained every weight
    base = str(whole) if os.path.isfile(whole / "config.json") else name
    return Lineage(base, tuple(reversed(adapters)))


def _last_stage(name: str) -> str:
    """The folder in which a run of stages ended; any other name as it is."""
    summary = Path(os.path.expanduser(name)) / "summary.json"
    result = _read(summary) if os.path.isfile(summary) else {}
    return str(summary.parent / str(result["result"])) if result.get("kind") == "align-stages" else name


def adapter_of(path: Path) -> Path | None:
    """The adapter folder of an align run, the path itself if it is one, else None."""
    for folder in (path, path / "adapter"):
        if os.path.isfile(folder / "adapter_config.json"):
            return folder
    return None


def base_of(adapter: Path) -> str:
    """The model an adapter was trained on: as the run's `config.json` names it, else as the adapter does.

    Raises:
        ConfigurationError: if neither says.
    """
    # the run says by name what the adapter can only say by a path on the machine that trained it
    run = adapter.parent / "config.json"
    named = _read(run).get("model") if adapter.name == "adapter" and run.is_file() else None
    named = named or _read(adapter / "adapter_config.json").get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise ConfigurationError(f"{adapter}: names no base model (adapter_config.json: base_model_name_or_path)")
    return named


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON: {error}") from None
    return document if isinstance(document, dict) else {}
