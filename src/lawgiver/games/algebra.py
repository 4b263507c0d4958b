"""From declarations to what a learning problem is built of: weighted sums, lexical order, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rfc8785
from numpy.typing import NDArray

from lawgiver.charter import Charter, files
from lawgiver.charter.composition import Composition, composition_problems
from lawgiver.charter.moves import framework_titles
from lawgiver.data.files import sha256_bytes
from lawgiver.games.frameworks import RewardTable, refuse_abstention, tabulate
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, eq=False)
class Limit:
    """A cost that may be only so large on average, over the outcomes to which it applies."""

    name: str
    cost_SAB: NDArray[np.float64]
    """NaN where it does not apply; higher is worse."""
    limit: float
    """The largest mean allowed."""


@dataclass(frozen=True, eq=False)
class Framework:
    """What one player is to want of one stage."""

    name: str
    title: str
    sha256: str
    """Of everything that decides: sources, parameters, stage, and how they are put together; not of names."""
    terms: tuple[tuple[float, NDArray[np.float64]], ...]
    """(weight, reward_SAB), no NaN; what is wanted first is their sum."""
    then: tuple[Framework, ...] = ()
    """What decides between moves that are equal so far, in lexical order; each has terms only."""
    limits: tuple[Limit, ...] = ()
    """What must hold whatever the reward."""

    @property
    def reward_SAB(self) -> NDArray[np.float64]:
        """The sum of the terms."""
        return _weighted(self.terms)


@dataclass(frozen=True, eq=False)
class _Sum:
    """Framework → weight and table, each framework once."""

    tables: dict[str, tuple[float, RewardTable]]

    @property
    def declaration(self) -> list[list[Any]]:
        return sorted([table.sha256, weight] for weight, table in self.tables.values())


@dataclass(frozen=True, eq=False)
class _Plan:
    """Any framework, taken apart."""

    levels: tuple[tuple[str, str, _Sum], ...]
    """(name, title, what it sums), the first that decides first."""
    limits: tuple[tuple[str, _Sum, float], ...] = ()


def framework(
    charter: Charter, name_or_path: str | Path, stage: Stage, parameters: Mapping[str, float] | None = None
) -> Framework:
    """Build a framework for a stage.

    Sums of sums become one sum, lexical orders within lexical orders one order, limits upon limits one set of limits.
    What cannot be taken apart so is refused: a lexical order or a limit inside a sum, a limit inside a lexical order.

    Args:
        charter: one that decides moves.
        name_or_path: a framework of its policies or of its `charter.yaml`, or the path of a `.rego` file.
        stage: the game from the learner's seat.
        parameters: by name, in place of the charter's defaults.

    Raises:
        ConfigurationError: as `tabulate`, for unknown names, for declarations that do not go together, and for a
            framework that abstains where a reward is needed.
    """
    compositions = charter.spec.frameworks or {}
    if name_or_path in compositions:
        titles = framework_titles(charter.spec.name, files.policy_modules(charter.root, tests=False))
        for problem in composition_problems(compositions, titles):
            raise ConfigurationError(f"{charter.root}/{files.SPEC}: {problem}")
    return _Builder(charter, stage, parameters or {}).build(name_or_path)


class _Builder:
    """Takes declarations apart, tabulating each policy once."""

    def __init__(self, charter: Charter, stage: Stage, parameters: Mapping[str, float]) -> None:
        self.charter = charter
        self.stage = stage
        self.parameters = parameters
        self.compositions = charter.spec.frameworks or {}
        self.tables: dict[str, RewardTable] = {}

    def build(self, name: str | Path) -> Framework:
        plan = self.plan(name)
        for _, _, level in plan.levels:
            for _, table in level.tables.values():
                refuse_abstention(table, self.stage)
        first, *then = (
            Framework(level_name, title, _hash(level.declaration), _terms(level))
            for level_name, title, level in plan.levels
        )
        limits = tuple(Limit(each, _weighted(_terms(cost)), limit) for each, cost, limit in plan.limits)
        declared = {
            "levels": [level.declaration for _, _, level in plan.levels],
            "limits": sorted([cost.declaration, limit] for _, cost, limit in plan.limits),
        }
        named = self.compositions.get(str(name))
        return replace(
            first,
            name=str(name) if named else first.name,
            title=named.title if named else first.title,
            sha256=_hash(declared) if then or limits else first.sha256,
            then=tuple(then),
            limits=limits,
        )

    def plan(self, name: str | Path) -> _Plan:
        composition = self.compositions.get(str(name))
        if composition is None:
            table = self.table(name)
            return _Plan(((table.name, table.title, _Sum({table.name: (1.0, table)})),))
        if composition.sum is not None:
            return self.summed(str(name), composition, composition.sum)
        if composition.lexicographic is not None:
            return self.ordered(str(name), composition.lexicographic)
        return self.limited(str(name), composition)

    def table(self, name: str | Path) -> RewardTable:
        if str(name) not in self.tables:
            self.tables[str(name)] = tabulate(self.charter, name, self.stage, self.parameters)
        return self.tables[str(name)]

    def summed(self, name: str, composition: Composition, weights: Mapping[str, float]) -> _Plan:
        total: dict[str, tuple[float, RewardTable]] = {}
        for part, weight in weights.items():
            for inner, (share, table) in self.sum_of(part, f"{name}: sum.{part}").tables.items():
                total[inner] = (total.get(inner, (0.0, table))[0] + weight * share, table)
        kept = {inner: term for inner, term in total.items() if term[0] != 0}
        if not kept:
            raise self.error(f"{name}: sum", "the weights cancel out, so that nothing is wanted; change one")
        return _Plan(((name, composition.title, _Sum(kept)),))

    def ordered(self, name: str, parts: list[str]) -> _Plan:
        levels: list[tuple[str, str, _Sum]] = []
        for part in parts:
            plan = self.plan(part)
            if plan.limits:
                raise self.error(f"{name}: lexicographic: {part}", "has limits; put them outside: maximise this order")
            levels += plan.levels
        return _Plan(tuple(levels))

    def limited(self, name: str, composition: Composition) -> _Plan:
        inner = self.plan(str(composition.maximise))
        limits = {each: (cost, limit) for each, cost, limit in inner.limits}
        for part, limit in (composition.subject_to or {}).items():
            if part in limits:
                raise self.error(
                    f"{name}: subject_to.{part}", f"{composition.maximise} limits it already; keep one of the two"
                )
            limits[part] = self.sum_of(part, f"{name}: subject_to.{part}"), limit
        return _Plan(inner.levels, tuple((each, *limit) for each, limit in limits.items()))

    def sum_of(self, name: str, where: str) -> _Sum:
        plan = self.plan(name)
        if len(plan.levels) > 1 or plan.limits:
            form = "has limits" if plan.limits else "is a lexical order"
            raise self.error(where, f"{form}, which has no single number; use a framework or a sum here")
        return plan.levels[0][2]

    def error(self, where: str, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self.charter.root}/{files.SPEC}: frameworks.{where}: {problem}")


def _terms(level: _Sum) -> tuple[tuple[float, NDArray[np.float64]], ...]:
    return tuple((weight, table.reward_SAB) for weight, table in level.tables.values())


def _weighted(terms: tuple[tuple[float, NDArray[np.float64]], ...]) -> NDArray[np.float64]:
    total_SAB = np.zeros_like(terms[0][1])
    for weight, reward_SAB in terms:
        total_SAB += weight * reward_SAB
    total_SAB.setflags(write=False)
    return total_SAB


def _hash(declared: Any) -> str:
    return sha256_bytes(rfc8785.dumps(declared))
