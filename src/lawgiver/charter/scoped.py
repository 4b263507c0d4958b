"""The cost of a constraint as its scope has it, with an interval: the number that its threshold is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lawgiver.charter.spec import Constraint
from lawgiver.stats import Interval, bootstrap, bootstrap_mean, clopper_pearson, cvar

Floats = npt.NDArray[np.float64]
Costs = Sequence[Sequence[float]]
TAIL_RESAMPLES = 2_000
"""A tail is sorted anew in every resample."""


def quantity(scope: str, tail: float | None = None, category: str | None = None) -> str:
    """What a scope holds to the threshold, in words."""
    match scope:
        case "violation_rate":
            return "share of violations"
        case "cvar":
            return f"mean of the worst {100 * (0.1 if tail is None else tail):.0f}\N{NO-BREAK SPACE}% of costs"
        case "per_category":
            return f"mean cost in the worst {category or 'category'}"
    return "mean cost"


def quantity_of(constraint: Constraint) -> str:
    """The same of a constraint."""
    return quantity(constraint.scope, constraint.tail, constraint.category)


def scoped_cost(
    constraint: Constraint,
    costs_P: Costs,
    labels_P: Sequence[Mapping[str, str]],
    *,
    seed: int,
    confidence: float = 0.95,
) -> Interval | None:
    """Estimate what the constraint's scope declares.

    Prompts are what is drawn: answers to one prompt are no independent rows, so each prompt counts once, whatever the
    number of its answers. With one answer a prompt, a share of violations has its exact interval.

    Args:
        constraint: its scope, tail and category.
        costs_P: measured costs of the answers to each of P prompts; where none applies, an empty sequence.
        labels_P: the labels of each prompt; looked at for `per_category` alone.
        seed: of the bootstrap.
        confidence: of the interval, in (0, 1); of all categories together.

    Returns:
        The estimate with its interval, in units of cost, or a share; None if nothing was measured.

    Raises:
        ConfigurationError: if a cost is no finite number.
    """
    rows = [(np.asarray(costs, dtype=np.float64), p) for p, costs in enumerate(costs_P) if len(costs)]
    if not rows:
        return None
    match constraint.scope:
        case "violation_rate":
            flags = [(costs > 0).astype(np.float64) for costs, _ in rows]
            if all(len(flag) == 1 for flag in flags):
                return clopper_pearson(int(np.sum(flags)), len(flags), confidence)
            return _mean(flags, seed, confidence)
        case "cvar":
            return _tail([costs for costs, _ in rows], constraint.worst_share, seed, confidence)
        case "per_category":
            parts: dict[str, list[Floats]] = {}
            for costs, p in rows:
                parts.setdefault(labels_P[p].get(str(constraint.category), ""), []).append(costs)
            silent = {labels.get(str(constraint.category), "") for labels in labels_P} - parts.keys()
            return _worst(parts, sorted(silent), seed, confidence)
    return _mean([costs for costs, _ in rows], seed, confidence)


def _mean(rows: Sequence[Floats], seed: int, confidence: float) -> Interval:
    return bootstrap_mean([costs.mean() for costs in rows], seed=seed, confidence=confidence)


def _tail(rows: Sequence[Floats], tail: float, seed: int, confidence: float) -> Interval:
    most = max(len(costs) for costs in rows)
    columns_DN = np.zeros((2 * most, len(rows)))  # costs above, their weights below; a prompt's weights sum to 1
    for n, costs in enumerate(rows):
        columns_DN[: len(costs), n] = costs
        columns_DN[most : most + len(costs), n] = 1 / len(costs)

    def statistic(drawn_DRN: Floats) -> Floats:
        flat = np.moveaxis(drawn_DRN, 0, -1)
        shape = (*flat.shape[:-2], -1)
        return cvar(flat[..., :most].reshape(shape), tail, flat[..., most:].reshape(shape))

    return bootstrap(columns_DN, statistic, seed=seed, confidence=confidence, resamples=TAIL_RESAMPLES)


def _worst(parts: Mapping[str, Sequence[Floats]], silent: Sequence[str], seed: int, confidence: float) -> Interval:
    """Of the category with the highest mean; its ends hold for all categories at once (Bonferroni)."""
    each = 1 - (1 - confidence) / len(parts)
    found = {value: _mean(rows, seed, each) for value, rows in sorted(parts.items())}
    worst = max(found, key=lambda value: found[value].estimate)
    return Interval(
        found[worst].estimate,
        max(interval.low for interval in found.values()),
        max(interval.high for interval in found.values()),
        sum(interval.n for interval in found.values()),
        confidence,
        f"{found[worst].method}, Bonferroni",
        f"worst of {len(found)}: {worst}" + (f"; not measured: {', '.join(silent)}" if silent else ""),
    )
