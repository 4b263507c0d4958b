"""Who takes part: finished evaluations, one or several seeds a model, all over the same scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.data import sha256_file
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.compare import StoredRun
from lawgiver.outcome import ConfigurationError

SETTINGS = ("system_prompt", "max_new_tokens", "temperature")
"""How a model was asked; models that were asked differently differ by more than themselves."""


@dataclass(frozen=True)
class Entrant:
    """One model, as one or several evaluation runs of it."""

    name: str
    """Its folder's name, or what the user calls it."""
    paths: tuple[Path, ...]
    """Where the S runs lie."""
    runs: tuple[StoredRun, ...]
    """The same, read; rows in the order of the base's first run."""
    configs: tuple[dict[str, Any], ...]
    """Their settings."""

    def identity(self) -> dict[str, Any]:
        """Name, and of each run its path, model, settings' hash and judgements' hash."""
        return {
            "name": self.name,
            "runs": [
                {
                    "path": str(path),
                    "model": config.get("model"),
                    "config_sha256": config.get("sha256"),
                    "judgements_sha256": sha256_file(path / "judgements.jsonl"),
                }
                for path, config in zip(self.paths, self.configs, strict=True)
            ],
        }


@dataclass(frozen=True)
class Field:
    """Everybody who takes part, the base first, and the N scenarios they share."""

    entrants: tuple[Entrant, ...]
    rows: tuple[dict[str, Any], ...]
    """The base's first run: ids, prompts and labels of the N scenarios."""
    charter: dict[str, str]

    @property
    def prompts(self) -> list[str]:
        """Which prompt each of N scenarios asks; equal ones are one cluster."""
        return [row["prompt"] for row in self.rows]

    @property
    def names(self) -> list[str]:
        """Everybody's name, the base's first."""
        return [entrant.name for entrant in self.entrants]

    def notes(self) -> list[str]:
        """What a reader must know of how the models were asked."""
        configs = [config for entrant in self.entrants for config in entrant.configs]
        differing = [key for key in SETTINGS if len({repr(config.get(key)) for config in configs}) > 1]
        return [f"the models were not all asked alike: {', '.join(differing)} differ between runs"] if differing else []


def open_field(base: str, models: Sequence[str]) -> Field:
    """Read everybody's runs.

    Args:
        base: RUN, or NAME=RUN,RUN for several seeds of one model.
        models: the others, each as `base`.

    Raises:
        ConfigurationError: for a run that is not there or not finished, a name that comes twice, or runs under
            different charters or over different scenarios.
    """
    entrants = [_open(text) for text in (base, *models)]
    names = [entrant.name for entrant in entrants]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigurationError(f"two models are called {twice!r}; name one of them, such as {twice}-2=RUN")
    first = entrants[0].runs[0]
    order = _order(first.rows, entrants[0].paths[0])
    checked = tuple(
        Entrant(
            entrant.name,
            entrant.paths,
            tuple(
                _in_order(run, path, first, order, entrants[0].paths[0])
                for run, path in zip(entrant.runs, entrant.paths, strict=True)
            ),
            entrant.configs,
        )
        for entrant in entrants
    )
    return Field(checked, tuple(first.rows), dict(first.charter))


def _open(text: str) -> Entrant:
    name, paths = _parts(text)
    if name is None and len(paths) > 1:
        raise ConfigurationError(f"{text}: several runs of one model need a name: NAME={text}")
    runs = [RunDirectory(path) for path in paths]
    stored = tuple(StoredRun.open(run) for run in runs)
    called = name or paths[0].resolve().name
    return Entrant(called, tuple(paths), stored, tuple(run.read("config.json") for run in runs))


def _parts(text: str) -> tuple[str | None, list[Path]]:
    if Path(text).is_dir():  # a folder whose name has = or , in it is still one folder
        return None, [Path(text)]
    head, equals, tail = text.partition("=")
    name, listed = (head.strip(), tail) if equals and "/" not in head else (None, text)
    if name == "" or not all(part.strip() for part in listed.split(",")):
        raise ConfigurationError(f"{text!r}: give RUN, NAME=RUN, or NAME=RUN,RUN for several seeds of one model")
    return name, [Path(part.strip()) for part in listed.split(",")]


def _order(rows: Sequence[dict[str, Any]], path: Path) -> dict[str, int]:
    if not rows:
        raise ConfigurationError(f"{path / 'judgements.jsonl'}: holds no judgement; evaluate again")
    order = {row["id"]: number for number, row in enumerate(rows)}
    if len(order) != len(rows):
        raise ConfigurationError(f"{path / 'judgements.jsonl'}: an id occurs twice; scenarios are paired by id")
    return order


def _in_order(run: StoredRun, path: Path, first: StoredRun, order: dict[str, int], base: Path) -> StoredRun:
    if run.charter["sha256"] != first.charter["sha256"]:
        raise ConfigurationError(
            f"{base} and {path} were judged under different charters ({first.charter['sha256'][:12]}, "
            f"{run.charter['sha256'][:12]}); evaluate all under one"
        )
    mine = _order(run.rows, path)
    if mine.keys() != order.keys():
        lacking = len(order.keys() ^ mine.keys())
        raise ConfigurationError(
            f"{base} and {path} are over different scenarios ({lacking} stand in one of them only); evaluate "
            "all on one split"
        )
    rows = sorted(run.rows, key=lambda row: order[row["id"]])
    if changed := next(
        (row["id"] for row, old in zip(rows, first.rows, strict=True) if row["prompt"] != old["prompt"]), None
    ):
        raise ConfigurationError(f"{base} and {path} ask different prompts under the id {changed!r}; evaluate again")
    return StoredRun(run.name, rows, run.summary, run.charter)
