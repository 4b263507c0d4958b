"""The costs of one constraint in the judgements of a run: what was measured, what abstained, what failed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lawgiver.charter.spec import Constraint
from lawgiver.data import sha256_bytes
from lawgiver.outcome import Abstained, ConfigurationError, Failed, TooManyFailuresError, Value, from_json
from lawgiver.stats.onesided import Floats


@dataclass(frozen=True)
class Costs:
    """N exchanges to which a constraint applies, in an order that their ids alone decide."""

    ids: tuple[str, ...]
    cost_N: Floats
    """NaN where the cost failed."""
    abstained: int
    """Exchanges left out, as the constraint does not apply to them or the scorer declined."""

    @property
    def failed(self) -> int:
        """How many costs failed."""
        return int(np.isnan(self.cost_N).sum())

    @property
    def measured_M(self) -> Floats:
        """The costs that did not fail."""
        return self.cost_N[~np.isnan(self.cost_N)]

    def filled(self, failed: float) -> Floats:
        """All costs, with a number for those that failed: the worst that they can be, whichever way that lies."""
        return np.where(np.isnan(self.cost_N), failed, self.cost_N)


def shuffled(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order rows by the hash of their ids, which knows nothing of their costs.

    Files are often sorted by kind, and betting on sorted values is no fair game.
    """
    return sorted(rows, key=lambda row: sha256_bytes(str(row["id"]).encode(errors="backslashreplace")))


def costs_of(constraint: Constraint, rows: Sequence[Mapping[str, Any]], where: str) -> Costs:
    """Collect one constraint's costs.

    Args:
        constraint: as the charter declares it.
        rows: lines of `judgements.jsonl`, as `shuffled` ordered them.
        where: the file, for messages.

    Raises:
        ConfigurationError: if a row has no outcome for the constraint, or a cost outside 0 to `most`.
    """
    ids: list[str] = []
    costs: list[float] = []
    abstained = 0
    for row in rows:
        outcome = row["costs"].get(constraint.name)
        if not isinstance(outcome, dict):
            raise ConfigurationError(
                f"{where}: {row['id']}: no cost {constraint.name!r}; the run was judged before the charter declared it"
            )
        match from_json(outcome):
            case Abstained():
                abstained += 1
                continue
            case Failed():
                cost = math.nan
            case Value(value):
                cost = _number(value, constraint, f"{where}: {row['id']}")
        ids.append(str(row["id"]))
        costs.append(cost)
    return Costs(tuple(ids), np.array(costs, dtype=np.float64), abstained)


def refuse_failures(constraint: Constraint, costs: Costs, max_failed: float, where: str) -> None:
    """Stop where too much could not be scored.

    Raises:
        TooManyFailuresError: if more than a share `max_failed` of the costs failed.
    """
    if costs.failed > max_failed * len(costs.ids):
        raise TooManyFailuresError(
            f"{where}: {costs.failed} of {len(costs.ids)} costs {constraint.name!r} could not be scored, more than "
            f"charter.yaml:max_failed ({max_failed:.0%}) allows; nothing is certified, mend the scorer and judge again"
        )


def _number(value: Any, constraint: Constraint, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= constraint.most:
        raise ConfigurationError(
            f"{where}: cost {constraint.name!r} is {str(value)[:40]}, and charter.yaml:constraints says that it lies "
            f"between 0 and {constraint.most:g}; declare the largest cost as `most`, and evaluate again"
        )
    return float(value)
