"""Which game run a folder holds, and what lies in it."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, get_args

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.games.material import GamesKind, GamesMaterial, SummaryRun, TrainRun
from lawgiver.report.games.parts import Part
from lawgiver.report.games.training import read_training
from lawgiver.report.reading import documents_of, spec_of
from lawgiver.report.words import count

DEPTH = 4
"""How deep below a folder its runs may lie."""


def game_kind(run: RunDirectory) -> GamesKind | None:
    """The kind of game run a folder holds; None if it holds something else."""
    for name in ("summary.json", "config.json"):
        document = run.read(name) if run.has(name) else None
        if not isinstance(document, dict):
            continue
        kind: GamesKind
        for kind in get_args(GamesKind):
            if document.get("kind") == kind:
                return kind
        if name == "config.json" and document.get("type") == "games":
            return "games-train"
    return None


def read_games(folder: Path, kind: GamesKind) -> GamesMaterial:
    """Read a game run of the kind that `game_kind` said.

    Raises:
        ConfigurationError: if a document is malformed.
    """
    if kind == "games-train":
        documents = documents_of(folder)
        run = read_training(folder, documents, spec=spec_of(documents["config"], documents["charter"]))
        return GamesMaterial(kind, f"Training in {run.title}", (run,))
    result = _result(folder, documents_of(folder))
    game = result.summary.text("title") or result.summary.text("game") or str(result.config.get("game", folder.name))
    title = f"Tournament: {game}" if kind == "games-tournament" else f"Evaluation in games: {result.label}"
    return GamesMaterial(kind, title, result=result)


def read_overview(folder: Path) -> GamesMaterial | None:
    """Read all training runs below a folder; None if there are none.

    A run with a malformed document is left out, and the page says so.
    """
    runs: list[TrainRun] = []
    missing: list[str] = []
    for path in _folders(folder):
        try:
            if game_kind(RunDirectory(path)) == "games-train":
                name = str(path.relative_to(folder))
                runs.append(read_training(path, documents_of(path), label=name))
        except ConfigurationError as error:
            missing.append(f"A run is left out. {error}.")
    if not runs:
        return None
    runs.sort(key=lambda run: (run.game, run.opponent, run.framework, run.seed, run.label))
    return GamesMaterial("games-overview", f"{count(len(runs), 'training run')} in games", tuple(runs), missing=missing)


def _folders(folder: Path) -> list[Path]:
    found = []
    for depth in range(1, DEPTH + 1):
        found += [path.parent for path in folder.glob("/".join(["*"] * depth) + "/config.json")]
    return sorted(found)


def _result(folder: Path, documents: dict[str, Any]) -> SummaryRun:
    run = RunDirectory(folder)
    summary = Part(run.read("summary.json") if run.has("summary.json") else None, str(folder / "summary.json"))
    config = documents["config"]
    models = summary.texts("models") or [str(config.get("model") or folder.name)]
    more = f" and {len(models) - 1} more" if len(models) > 1 else ""
    label = f"{PurePath(models[0]).name}{more}"
    return SummaryRun(**documents, label=label, summary=summary, scored=len(run.rows_if_any("cells.jsonl")))
