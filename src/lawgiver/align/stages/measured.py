"""What answers cost, as each constraint's scope has it."""

from __future__ import annotations

from collections.abc import Sequence

from lawgiver.align.constraint import Beside
from lawgiver.charter import Charter, Constraint
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.scoped import scoped_cost
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval


def budgets_of(charter: Charter, names: Sequence[str]) -> list[Constraint]:
    """The charter's constraints of these names, in this order; `prepare` has seen that there are such."""
    known = {constraint.name: constraint for constraint in charter.spec.constraints}
    return [known[name] for name in names]


def measure_all(constraints: Sequence[Constraint], judged: Sequence[Sequence[Judgement]], seed: int) -> list[Interval]:
    """The cost of each constraint with its interval over prompts.

    Args:
        constraints: as the charter declares them.
        judged: the judgements of the answers to each prompt, at least one a prompt.
        seed: of the bootstrap.

    Raises:
        ConfigurationError: if one of them applies to none of the answers.
    """
    labels_P = [row[0].exchange.labels for row in judged]
    found: list[Interval] = []
    for constraint in constraints:
        costs_P = [
            [each for judgement in row if (each := judgement.cost(constraint.name)) is not None] for row in judged
        ]
        cost = scoped_cost(constraint, costs_P, labels_P, seed=seed)
        if cost is None:
            raise ConfigurationError(f"find.split: the constraint {constraint.name} applies to none of its scenarios")
        found.append(cost)
    return found


def beside_of(constraints: Sequence[Constraint], costs: Sequence[Interval]) -> dict[str, Beside]:
    """Constraint → its measured cost beside its budget."""
    return {
        each.name: Beside(cost=cost.estimate, low=cost.low, high=cost.high, threshold=each.threshold)
        for each, cost in zip(constraints, costs, strict=True)
    }
