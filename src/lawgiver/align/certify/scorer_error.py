"""How wrong the scorer is, as measured on rows that people labelled: a confusion matrix, or the labels themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.align.certify.costs import Costs
from lawgiver.charter.spec import Constraint
from lawgiver.data.files import numbered_jsonl, read_text
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Confusion
from lawgiver.stats.onesided import Floats

MOST_BYTES = 16 << 20


class LabelledRow(BaseModel):
    """One line of a file of labels: the true cost of an exchange, and what the scorer said of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    truth: float = Field(ge=0, allow_inf_nan=False)
    """Its true cost; `true` and `false` count as 1 and 0."""
    id: str | None = None
    """An exchange of the certified run, whose cost is then the score."""
    scored: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """The scorer's cost, for an exchange that is not in the run."""
    constraint: str | None = None
    """Which one it is the cost of; needed where several are certified."""


@dataclass(frozen=True)
class Labelled:
    """Labels of one constraint: M rows by id, or with their own score."""

    rows: tuple[LabelledRow, ...]

    def errors(self, costs: Costs, failed: float) -> tuple[Floats, Floats]:
        """Score and truth of each row `(M,)`; rows whose exchange has no cost are left out.

        Args:
            costs: of the run.
            failed: what stands for a cost that failed.
        """
        cost_of = dict(zip(costs.ids, costs.filled(failed), strict=True))
        pairs = [
            (row.scored if row.id is None else cost_of[row.id], row.truth)
            for row in self.rows
            if row.id is None or row.id in cost_of
        ]
        scores, truth = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        return scores, truth


ScorerError: TypeAlias = Confusion | Labelled


def read_confusion(path: Path, constraints: Sequence[Constraint]) -> dict[str, ScorerError]:
    """Read counts: those of one constraint alone, or constraint → counts.

    Raises:
        ConfigurationError: if the file is missing, too large or malformed, or leaves out a constraint.
    """
    document = _read_json(path)
    keys = set(Confusion.__slots__)
    if document.keys() & keys:
        if len(constraints) > 1:
            names = ", ".join(constraint.name for constraint in constraints)
            raise ConfigurationError(f"{path}: counts of one constraint, but {names} are certified; nest them by name")
        document = {constraints[0].name: document}
    named: dict[str, ScorerError] = {}
    for constraint in constraints:
        counts = document.get(constraint.name)
        if not isinstance(counts, dict) or set(counts) != keys:
            raise ConfigurationError(f"{path}:{constraint.name}: give {', '.join(Confusion.__slots__)}, and only these")
        try:
            named[constraint.name] = Confusion(**counts)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}:{constraint.name}: {error}") from None
    return named


def read_labelled(path: Path, constraints: Sequence[Constraint], ids: set[str]) -> dict[str, ScorerError]:
    """Read labelled rows, one JSON object a line.

    Args:
        path: the file.
        constraints: those to be certified.
        ids: of the exchanges of the run.

    Raises:
        ConfigurationError: for a malformed row, one of another run, one labelled twice, or a constraint without rows.
    """
    _refuse_large(path)
    most = {constraint.name: constraint.most for constraint in constraints}
    rows: dict[str, list[LabelledRow]] = {name: [] for name in most}
    seen: set[tuple[str, str]] = set()
    for number, document in numbered_jsonl(path):
        where = f"{path}:{number}"
        try:
            row = LabelledRow.model_validate(document)
        except ValidationError as error:
            raise ConfigurationError(f"{where}: {first_problem(error)}") from None
        name = row.constraint or next(iter(most))
        if row.constraint is None and len(most) > 1:
            raise ConfigurationError(f"{where}: constraint: several are certified ({', '.join(most)}); say which")
        if (row.id is None) == (row.scored is None):
            raise ConfigurationError(f"{where}: give either the id of an exchange in the run, or what was scored")
        if row.id is not None and row.id not in ids:
            raise ConfigurationError(f"{where}: id {row.id[:60]!r} is not in the run; give scored instead of an id")
        if name not in rows:
            continue  # a label of a constraint that is not asked about
        if max(row.truth, row.scored or 0.0) > most[name]:
            raise ConfigurationError(f"{where}: a cost of {name} above {most[name]:g}, its `most` in charter.yaml")
        if row.id is not None and (name, row.id) in seen:
            raise ConfigurationError(f"{where}: id {row.id[:60]!r} is labelled twice for {name}")
        seen |= {(name, row.id)} if row.id is not None else set()
        rows[name].append(row)
    for name, found in rows.items():
        if not found:
            raise ConfigurationError(f"{path}: no labelled row for {name}; label some, or certify it by itself")
    return {name: Labelled(tuple(found)) for name, found in rows.items()}


def _read_json(path: Path) -> dict[str, Any]:
    _refuse_large(path)
    try:
        document = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{path}: not JSON ({error})") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: an object is wanted, not a {type(document).__name__}")
    return document


def _refuse_large(path: Path) -> None:
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise ConfigurationError(f"{path}: larger than {MOST_BYTES >> 20} MiB; give a file of labels only")
