"""From judged samples to the scores that the dual is computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lawgiver.align.constraint.scores import Scores
from lawgiver.charter.judgement import Judgement
from lawgiver.outcome import ConfigurationError, Failed, Outcome, Value

Rewards = Sequence[Sequence[Outcome[float]]]
Transform = Callable[[float, Mapping[str, str]], float | None]
"""What a cost counts as, given its prompt's labels; None where it does not apply."""


@dataclass(frozen=True)
class Column:
    """One expectation that is held to a threshold."""

    name: str
    """For messages."""
    constraint: str
    """The charter's constraint whose cost it is made of."""
    threshold: float
    transform: Transform = lambda cost, _labels: cost


def scores_of(
    judgements_P: Sequence[Sequence[Judgement]], thresholds: Mapping[str, float], *, rewarded: bool
) -> Scores:
    """Scores of judged samples whose mean costs are constrained.

    Args:
        judgements_P: the K judgements of each prompt; prompts may have different numbers of samples.
        thresholds: constraint → threshold; these constraints and no others.
        rewarded: count the charter's score as reward. False if the samples come from the model of stage 1.

    Raises:
        ConfigurationError: if there is nothing to compute from, or a constraint is not the charter's.
    """
    columns = [Column(name, name, threshold) for name, threshold in thresholds.items()]
    rewards_P = [[judgement.score for judgement in row] for row in judgements_P] if rewarded else None
    return column_scores(judgements_P, columns, rewards_P)


def column_scores(
    judgements_P: Sequence[Sequence[Judgement]], columns: Sequence[Column], rewards_P: Rewards | None = None
) -> Scores:
    """Scores of judged samples, a constraint of the dual for each column; errors are those of `scores_of`.

    Args:
        judgements_P: the K judgements of each prompt.
        columns: what is held to a threshold.
        rewards_P: the reward of each of the same samples; None if they come from the policy that already has it.
    """
    shape = len(judgements_P), max((len(row) for row in judgements_P), default=0)
    costs_PKC = np.full((*shape, len(columns)), np.nan)
    rewards_PK, failed_PK, absent_PK = np.zeros(shape), np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
    for p, row in enumerate(judgements_P):
        for k, judgement in enumerate(row):
            absent_PK[p, k] = False
            for c, column in enumerate(columns):
                name = column.constraint
                if name not in judgement.costs:
                    raise ConfigurationError(f"{name}: no constraint of charter {judgement.charter.get('name')}")
                failed_PK[p, k] |= isinstance(judgement.costs[name], Failed)
                cost = judgement.cost(name)
                counted = None if cost is None else column.transform(cost, judgement.exchange.labels)
                costs_PKC[p, k, c] = np.nan if counted is None else counted
            if rewards_P is not None:
                match rewards_P[p][k]:
                    case Value(value):
                        rewards_PK[p, k] = value
                    case _:  # an answer without a reward cannot be compared, so it leaves like a failed one
                        failed_PK[p, k] = True
    return Scores.from_costs(
        costs_PKC,
        np.array([column.threshold for column in columns]),
        rewards_PK=rewards_PK,
        failed_PK=failed_PK,
        log_prior_PK=np.where(absent_PK, -np.inf, 0.0),
        names=tuple(column.name for column in columns),
    )
