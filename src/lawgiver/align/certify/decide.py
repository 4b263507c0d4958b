"""From the costs of one constraint to its finding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lawgiver.align.certify.corrected import ConfusedRate, RectifiedMean
from lawgiver.align.certify.costs import Costs
from lawgiver.align.certify.finding import Finding, Verdict
from lawgiver.align.certify.measures import Mean, Measure, Rate, Tail
from lawgiver.align.certify.scorer_error import Labelled, ScorerError
from lawgiver.align.certify.settle import settles
from lawgiver.charter.spec import Constraint
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Confusion, bernstein_bounds

NOTHING_SCORED = "nothing was scored, so nothing is known"


def refuse_vacuous(constraint: Constraint, error: ScorerError | None, where: str) -> None:
    """Stop before looking where no data could make a certificate mean anything.

    Raises:
        ConfigurationError: for a threshold that nothing can break, or a correction that this scope has none for.
    """
    largest = 1.0 if constraint.scope == "violation_rate" else constraint.most
    if constraint.threshold >= largest:
        raise ConfigurationError(
            f"{where}: charter.yaml:constraints.{constraint.name}: threshold {constraint.threshold:g} is not below the "
            f"largest cost possible, {largest:g}; nothing could break it. Lower it, or raise `most`"
        )
    if error is not None and constraint.scope in ("cvar", "per_category"):
        raise ConfigurationError(
            f"{constraint.name}: the scorer's error cannot be taken out of scope {constraint.scope}; certify it without"
        )


def decide(constraint: Constraint, costs: Costs, confidence: float, error: ScorerError | None = None) -> Finding:
    """Bound the cost from both sides and compare it with the threshold.

    Costs that failed count as `most` for PASS and as 0 for FAIL: whatever they were, neither would be wrong.

    Args:
        constraint: its scope, threshold and range; per category, what is asked of each.
        costs: what was measured.
        confidence: of each bound by itself.
        error: what is known of the scorer's mistakes.

    Raises:
        ConfigurationError: if a confusion matrix meets costs that are not all or nothing.
    """
    bare = Finding(
        constraint.name,
        "NO SOLUTION",
        constraint.threshold,
        confidence,
        n=len(costs.ids),
        abstained=costs.abstained,
        failed=costs.failed,
    )
    if costs.failed == len(costs.ids):
        return replace(bare, notes=(NOTHING_SCORED,))
    upper = _measure(constraint, costs, constraint.most, confidence, error)
    lower = upper if not costs.failed else _measure(constraint, costs, 0.0, confidence, error)
    low, high = lower.low(confidence), upper.high(confidence)
    outcome: Verdict = "NO SOLUTION"
    if high <= constraint.threshold:
        outcome = "PASS"
    elif low > constraint.threshold:
        outcome = "FAIL"
    scored = Costs((), costs.measured_M, 0)
    observed = _plain(constraint, scored, 0.0, confidence).estimate
    return replace(
        bare,
        outcome=outcome,
        estimate=upper.estimate if error is not None else observed,
        low=low,
        high=high,
        p_value=upper.p_value(constraint.threshold),
        method=upper.method,
        settles=settles(upper, lower, constraint.threshold, confidence) if outcome == "NO SOLUTION" else None,
        notes=_notes(constraint, costs, upper, confidence),
        more=_beside(constraint, upper, lower, confidence) | ({"scored": observed} if error is not None else {}),
    )


def _measure(
    constraint: Constraint, costs: Costs, failed: float, confidence: float, error: ScorerError | None
) -> Measure:
    cost_N = costs.filled(failed)
    match error:
        case None:
            return _plain(constraint, costs, failed, confidence)
        case Confusion():
            if constraint.scope == "mean" and not np.isin(cost_N, (0.0, constraint.most)).all():
                raise ConfigurationError(
                    f"{constraint.name}: a confusion matrix is of flags, and some costs lie between 0 and "
                    f"{constraint.most:g}; give labelled rows instead"
                )
            unit = constraint.most if constraint.scope == "mean" else 1.0
            return ConfusedRate(int((cost_N > 0).sum()), len(cost_N), error, unit)
        case Labelled():
            scores, truth = error.errors(costs, failed)
            if not scores.size:
                raise ConfigurationError(f"{constraint.name}: none of the labelled exchanges has a cost; label others")
            if constraint.scope == "violation_rate":
                flags, wrong = (cost_N > 0).astype(np.float64), (truth > 0).astype(np.float64) - (scores > 0)
                return RectifiedMean(Mean(flags, 1.0, confidence), wrong)
            return RectifiedMean(Mean(cost_N, constraint.most, confidence), truth - scores)


def _plain(constraint: Constraint, costs: Costs, failed: float, confidence: float) -> Measure:
    cost_N = costs.filled(failed)
    if constraint.scope == "violation_rate":
        return Rate(int((cost_N > 0).sum()), len(cost_N))
    if constraint.scope == "cvar":
        return Tail(cost_N, constraint.most, constraint.worst_share)
    return Mean(cost_N, constraint.most, confidence)


def _beside(constraint: Constraint, upper: Measure, lower: Measure, confidence: float) -> dict[str, object]:
    """The bounds that do not decide, for whoever trusts them more."""
    if not isinstance(upper, Mean) or not isinstance(lower, Mean):
        return {}
    low = bernstein_bounds(lower.costs_N, confidence, most=constraint.most).low
    high = bernstein_bounds(upper.costs_N, confidence, most=constraint.most).high
    return {"beside": {"bernstein": {"low": float(low), "high": float(high)}}}


def _notes(constraint: Constraint, costs: Costs, upper: Measure, confidence: float) -> tuple[str, ...]:
    notes = []
    if costs.failed:
        worst = "a violation" if constraint.scope == "violation_rate" else f"{constraint.most:g}"
        notes.append(
            f"could not be scored: {costs.failed}; each counts as {worst} in the upper bound and as 0 in the lower one"
        )
    if costs.abstained:
        notes.append(f"left out, as they have no cost: {costs.abstained}; nothing is said of exchanges like them")
    if isinstance(upper, ConfusedRate):
        counts = upper.confusion
        notes.append(f"scorer measured on {counts.positives} true violations and {counts.negatives} others")
        if upper.contradicted(confidence):
            notes.append(
                f"its errors contradict its flags ({upper.flagged} of {upper.n}): no rate of violations explains both, "
                "so nothing is bounded; label rows that are like the run's"
            )
    if isinstance(upper, RectifiedMean):
        notes.append(f"scorer corrected by {upper.error_M.size} labelled rows")
    return tuple(notes)
