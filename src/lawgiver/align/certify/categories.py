"""A constraint that must hold in every category: each is tested, and the number of tests is paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lawgiver.align.certify.costs import costs_of
from lawgiver.align.certify.decide import NOTHING_SCORED, decide
from lawgiver.align.certify.finding import Finding, Verdict, overall
from lawgiver.charter.spec import Constraint
from lawgiver.stats import holm


def decide_categories(
    constraint: Constraint, rows: Sequence[Mapping[str, Any]], values: Sequence[str], confidence: float, where: str
) -> Finding:
    """Decide each category, and all of them together.

    A category passes where its p-value, adjusted by Holm over all categories, is at most 1 − confidence. The bounds
    shown beside hold for all categories at once (Bonferroni); one whose lower bound lies above the threshold fails.

    Args:
        constraint: of scope `per_category`.
        rows: lines of `judgements.jsonl`, shuffled.
        values: what the label may be; K of them.
        confidence: of what is said of all categories together, in each direction.
        where: the file, for messages.

    Raises:
        ConfigurationError: as `costs_of`.
    """
    each = 1 - (1 - confidence) / len(values)
    parts: list[Finding] = []
    for value in values:
        chosen = [row for row in rows if row["labels"].get(constraint.category) == value]
        part = decide(constraint, costs_of(constraint, chosen, where), each)
        if NOTHING_SCORED in part.notes:
            hint = "give it a cost of 0 in the policy where it cannot be broken"
            part = replace(part, notes=(f"{NOTHING_SCORED}; {hint}",))
        parts.append(replace(part, name=value))
    # a category that nothing is known of takes part with p = 1
    adjusted = holm([1.0 if part.p_value is None else part.p_value for part in parts])
    decided = [_with_holm(part, float(p), confidence) for part, p in zip(parts, adjusted, strict=True)]
    known = [part for part in decided if part.high is not None]
    worst = max(known, key=lambda part: part.estimate or 0.0, default=decided[0])
    return Finding(
        constraint.name,
        overall(decided),
        constraint.threshold,
        confidence,
        n=sum(part.n for part in decided),
        abstained=sum(part.abstained for part in decided),
        failed=sum(part.failed for part in decided),
        estimate=worst.estimate,
        low=max((part.low or 0.0 for part in known), default=None),  # of the worst, whichever it truly is
        high=max(part.high or 0.0 for part in known) if len(known) == len(decided) else None,
        p_value=max(part.more["p_holm"] for part in decided),
        method="betting, Holm over categories",
        notes=(f"shown is the worst category, here {worst.name}; its bounds hold for all {len(values)} at once",),
        more={"categories": [part.to_json() for part in decided]},
    )


def _with_holm(part: Finding, p_holm: float, confidence: float) -> Finding:
    passed = part.p_value is not None and p_holm <= 1 - confidence
    outcome: Verdict = "PASS" if passed else "FAIL" if part.outcome == "FAIL" else "NO SOLUTION"
    left = None if passed else part.settles
    return replace(part, outcome=outcome, settles=left, more={**part.more, "p_holm": p_holm})
