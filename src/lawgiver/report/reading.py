"""Which kind of run a folder holds, and what lies in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.data.files import sha256_file
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError, LawgiverError
from lawgiver.report.material import AlignRun, EvaluationRun, Kind, Material

if TYPE_CHECKING:
    from lawgiver.charter import CharterSpec
    from lawgiver.report.games.material import GamesMaterial
    from lawgiver.report.preference_models.material import PreferenceModelsMaterial
    from lawgiver.report.stages.material import StagesMaterial

COMPARISON = "compare.json"
HASHED = (
    "config.json",
    "judgements.jsonl",
    "metrics.jsonl",
    "cells.jsonl",
    "policy.json",
    "summary.json",
    "held_out.jsonl",
)
LABELS = {"base": "untrained", "prompted": "untrained + system prompt", "refuse": "refuses everything"}


def read_material(folder: Path) -> Material | GamesMaterial | StagesMaterial | PreferenceModelsMaterial:
    """Read whatever run a folder holds.

    Raises:
        ConfigurationError: if it holds none, or a document in it is malformed.
    """
    from lawgiver.report.games.reading import game_kind, read_games, read_overview
    from lawgiver.report.preference_models.material import is_preference_models, read_preference_models_run
    from lawgiver.report.stages.material import is_stages, read_stages_run

    run = RunDirectory(folder)
    if run.has(COMPARISON):
        return _read_comparison(run)
    if kind := game_kind(run):
        return read_games(folder, kind)
    if is_stages(run):
        return read_stages_run(folder)
    if is_preference_models(run):
        return read_preference_models_run(folder)
    if run.has("judgements.jsonl") and run.has("summary.json"):
        evaluation = _evaluation(folder, "run", _label(folder, RunDirectory(folder)))
        return Material(
            kind="evaluation",
            title=f"{evaluation.label} under the charter",
            runs={"run": evaluation},
            spec=spec_of(evaluation.config, evaluation.charter),
            agreement=_agreement(folder),
        )
    if run.has("metrics.jsonl") or _is_training(run):
        align = _align(folder)
        return Material(
            kind="align",
            title=f"Training of {align.config.get('model', folder.name)}",
            runs={},
            align=align,
            spec=spec_of(align.config, align.charter),
            agreement=_agreement(folder),
        )
    if overview := read_overview(folder):
        return overview
    raise ConfigurationError(
        f"{folder}: no run to report on (no {COMPARISON}, no finished evaluation, no training metrics, no game runs "
        "below it); `lawgiver demo`, `lawgiver evaluate`, `lawgiver align` and `lawgiver games` make one"
    )


def _read_comparison(run: RunDirectory) -> Material:
    document = run.read(COMPARISON)
    where = run.path / COMPARISON
    entries = document.get("runs") if isinstance(document, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise ConfigurationError(f"{where}: runs: a mapping of names to {{label, path}} is wanted")
    runs: dict[str, EvaluationRun] = {}
    missing: list[str] = []
    for key, entry in entries.items():
        if not isinstance(entry, dict):
            raise ConfigurationError(f"{where}: runs.{key}: a mapping with label and path is wanted")
        path = run.path / str(entry.get("path", key))
        inner = RunDirectory(path)
        if inner.has("judgements.jsonl") and inner.has("summary.json"):
            runs[key] = _evaluation(path, key, str(entry.get("label") or LABELS.get(key, key)))
        else:
            missing.append(f"“{entry.get('label', key)}” is left out: {path.name} holds no finished evaluation.")
    align = _align(run.path / "align") if RunDirectory(run.path / "align").has("config.json") else None
    known: list[EvaluationRun | AlignRun] = [*runs.values(), *([align] if align else [])]
    spec = next((s for r in known if (s := spec_of(r.config, r.charter))), None)
    agreement = next((a for p in [run.path, *(r.path for r in known)] if (a := _agreement(p))), {})
    comparisons = [c for c in document.get("comparisons") or [] if isinstance(c, dict)]
    kind: Kind = "demo" if "aligned" in entries else "comparison"
    title = str(document.get("title") or "Before and after")
    return Material(kind, title, runs, comparisons, align, spec, agreement, missing)


def documents_of(folder: Path) -> dict[str, Any]:
    """The constructor arguments that every kind of run shares.

    Raises:
        ConfigurationError: if a document is malformed.
    """
    run = RunDirectory(folder)
    names = {"config": "config.json", "environment": "environment.json", "charter": "charter.json"}
    documents: dict[str, Any] = {key: run.read(name) if run.has(name) else {} for key, name in names.items()}
    for key, document in documents.items():
        if not isinstance(document, dict):
            raise ConfigurationError(f"{folder / names[key]}: one object is wanted")
    if charter := documents["charter"]:
        documents["charter"] = {key: charter.get(key) for key in ("name", "version", "sha256")}
    hashes = {name: sha256_file(folder / name) for name in HASHED if run.has(name)}
    return {"path": folder, "hashes": hashes, **documents}


def _evaluation(folder: Path, key: str, label: str) -> EvaluationRun:
    summary = RunDirectory(folder).read("summary.json")
    if not isinstance(summary, dict) or not isinstance(summary.get("metrics"), list):
        raise ConfigurationError(f"{folder / 'summary.json'}: metrics: no summary of an evaluation")
    return EvaluationRun(**documents_of(folder), key=key, label=label, summary=summary)


def _align(folder: Path) -> AlignRun:
    return AlignRun(**documents_of(folder), steps=RunDirectory(folder).metrics())


def _is_training(run: RunDirectory) -> bool:
    return run.has("config.json") and "type" in run.read("config.json")


def _label(folder: Path, run: RunDirectory) -> str:
    config = run.read("config.json") if run.has("config.json") else {}
    return str(config.get("model") or folder.name)


def _agreement(folder: Path) -> dict[str, Any]:
    run = RunDirectory(folder)
    document = run.read("agreement.json") if run.has("agreement.json") else {}
    return document if isinstance(document, dict) else {}


def spec_of(config: dict[str, Any], identity: dict[str, Any]) -> CharterSpec | None:
    """The charter the run names, only if it is still the one the run was judged under."""
    from lawgiver.charter import Charter

    try:
        charter = Charter.open(str(config.get("charter", "")))
    except (LawgiverError, OSError, ValueError):
        return None
    return charter.spec if charter.sha256 == identity.get("sha256") else None
