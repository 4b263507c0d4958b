"""What is evaluated: a model by name, a training run with its adapter, or a table of probabilities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from lawgiver.data.files import read_text, sha256_file
from lawgiver.data.scenario import first_problem
from lawgiver.games.evaluate.names import history_names
from lawgiver.games.learn.recipe import TABULAR, GamesRecipe
from lawgiver.games.markov import Floats
from lawgiver.games.opponents.checkpoint import FILE
from lawgiver.games.stage import Stage
from lawgiver.models.adapter import adapter_of, lineage
from lawgiver.outcome import ConfigurationError

ADAPTER = "adapter"
SEATS = ("row", "column")


@dataclass(frozen=True)
class Subject:
    """Where a policy lies and what it was trained on."""

    label: str
    """As it was asked for."""
    kind: Literal["lm", "table"]
    model: str = ""
    """What to load: a name, hub id or folder; for a games run the model that it started from."""
    adapter: Path | None = None
    """A LoRA folder to put on it."""
    base: str | None = None
    """The untrained model; None if `model` is one."""
    table: Path | None = None
    """A `policy.json`."""
    recipe: GamesRecipe | None = None
    """Of the games run it comes from."""
    seat: str = ""
    """`row` or `column` of a run with two learners."""
    partner: Path | None = None
    """The other learner's folder."""
    sha256: str = ""
    """Of the adapter or the table."""


def subject(text: str) -> Subject:
    """Find out what `text` names.

    A games run stands for its adapter, or its table if no language model was trained; one with two learners for the
    row's, and `RUN/column` for the other's. `RUN/policy.json` is the table in any case, and so is any other folder with
    a `policy.json` and no model. Everything else is a model's name.

    Raises:
        ConfigurationError: for a run that is not finished or whose files cannot be read.
    """
    path = Path(text).expanduser()
    run, recipe = _games_run(path)
    if run is not None and recipe is not None:
        return _of_run(text, path, run, recipe)
    table = path / FILE if path.is_dir() else path
    if path.name == FILE or (table.is_file() and adapter_of(path) is None and not (path / "config.json").is_file()):
        return _table(text, table)
    grown = lineage(text)
    weights = [folder / "adapter_model.safetensors" for folder in grown.adapters]
    found = [sha256_file(file) for file in weights if file.is_file()]
    return Subject(text, "lm", text, base=grown.base if grown.adapters else None, sha256="/".join(found))


def read_table(file: Path, stage: Stage, history: int) -> Floats:
    """The probabilities in a `policy.json`, `(H, A)`; what a row lacks to 1 is illegal.

    Raises:
        ConfigurationError: if it holds no policy, or one of other histories or actions.
    """
    try:
        document: Any = json.loads(read_text(file))
        states, actions = [str(name) for name in document["states"]], [str(name) for name in document["actions"]]
        p_HA = np.array(document["p"], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{file}: it should hold the lists states, actions and p") from None
    if p_HA.shape != (len(states), len(actions)):
        raise ConfigurationError(f"{file}: p is {p_HA.shape}, for {len(states)} states and {len(actions)} actions")
    if not ((p_HA >= 0).all() and (p_HA.sum(axis=1) <= 1 + 1e-6).all()):  # so written, NaN is refused as well
        raise ConfigurationError(f"{file}: each row of p should hold probabilities with a sum of at most 1")
    wanted = [_bare(name) for name in history_names(stage, history)]
    row = {_bare(name): index for index, name in enumerate(states)}
    if sorted(actions) != sorted(stage.actions) or sorted(row) != sorted(wanted):
        raise ConfigurationError(
            f"{file}: a policy of {len(states)} histories and the actions {', '.join(actions)}, and {stage.name} has "
            f"{len(wanted)} and {', '.join(stage.actions)}; choose a game and a history that it was made for"
        )
    return p_HA[[row[name] for name in wanted]][:, [actions.index(name) for name in stage.actions]]


def _games_run(path: Path) -> tuple[Path | None, GamesRecipe | None]:
    """The run directory that a path is, or lies in, and its recipe."""
    inside = path.name in (ADAPTER, FILE, *SEATS)
    for folder in (path, path.parent, path.parent.parent) if inside else (path,):
        file = folder / "config.json"
        if not file.is_file():
            continue
        try:
            document = json.loads(read_text(file))
        except ValueError:
            return None, None
        if not isinstance(document, dict) or document.get("type") != "games":
            return None, None
        try:
            return folder, GamesRecipe.model_validate({k: v for k, v in document.items() if k != "sha256"})
        except ValidationError as error:
            raise ConfigurationError(f"{file}: {first_problem(error)}") from None
    return None, None


def _of_run(text: str, path: Path, run: Path, recipe: GamesRecipe) -> Subject:
    place = path.parent if path.name in (ADAPTER, FILE) else path
    if place == run and (run / "row").is_dir():
        place = run / "row"
    seat = place.name if place != run else ""
    partner = run / SEATS[1 - SEATS.index(seat)] if seat in SEATS else None
    common: dict[str, Any] = {"recipe": recipe, "seat": seat, "partner": partner}
    table = recipe.model == TABULAR or path.name == FILE
    wanted = place / (FILE if table else f"{ADAPTER}/adapter_model.safetensors")
    if not wanted.is_file():
        raise ConfigurationError(f"{wanted}: not there; finish the run first (lawgiver games train … --resume)")
    if table:
        return Subject(text, "table", table=wanted, sha256=sha256_file(wanted), **common)
    return Subject(
        text,
        "lm",
        recipe.model,
        adapter=wanted.parent,
        base=recipe.model,
        sha256=sha256_file(wanted),
        **common,
    )


def _table(text: str, file: Path) -> Subject:
    if not file.is_file():
        raise ConfigurationError(f"{file}: no such file; give a policy.json or the folder that holds one")
    return Subject(text, "table", table=file, sha256=sha256_file(file))


def _bare(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())
