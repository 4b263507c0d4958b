"""When a search for λ ends, and with which of its trainings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lawgiver.align.constraint.settings import SearchSettings
from lawgiver.align.constraint.trace import Step, Trace


class Status(StrEnum):
    """How a search ended."""

    FOUND = "found"
    """The budget is kept, with no more than the tolerance to spare."""
    SLACK = "slack"
    """The budget is kept with room to spare even at λ_min."""
    RESOLVED = "resolved"
    """The λ that keep the budget and those that break it are as good as next to each other."""
    SPENT = "spent"
    """No training is left; see whether one kept the budget."""
    UNREACHABLE = "unreachable"
    """The budget is broken even at λ_max."""
    NOT_MONOTONE = "not_monotone"
    """A larger λ cost more, past what the intervals allow, which is what the search rests on."""


MEANING = {
    Status.FOUND: "λ was found: the cost is within the budget and within tolerance of it",
    Status.SLACK: "the budget is kept with room to spare even at the smallest λ",
    Status.RESOLVED: "the bracket is too narrow to split: the cost jumps across the budget",
    Status.SPENT: "all trainings are spent",
    Status.UNREACHABLE: "the budget is broken even at the largest λ: loosen the threshold, or add safe data",
    Status.NOT_MONOTONE: "a larger λ gave a larger cost: training, data or judge is at fault, and no λ will mend that",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a search ended, and the step to use."""

    status: Status
    step: Step | None
    """The step that kept the budget and gave the least away; None if none kept it. See `best`."""
    message: str
    """For people."""

    @classmethod
    def of(cls, status: Status, trace: Trace, settings: SearchSettings) -> Verdict:
        """Choose the step and say it in words."""
        chosen = best(trace, settings)
        if chosen is None:
            least = min(trace.steps, key=settings.read, default=None)
            told = (
                ""
                if least is None
                else f"; the least cost was {settings.read(least):.4g} at λ = {least.multiplier:.4g}"
            )
            text = f"{MEANING[status]}; no training kept the budget {trace.threshold:g}{told}"
        else:
            text = (
                f"{MEANING[status]}; use λ = {chosen.multiplier:.4g} with cost {chosen.cost:.4g} ≤ {trace.threshold:g}"
            )
        return cls(status, chosen, text)

    def to_json(self) -> dict[str, Any]:
        """For a run directory."""
        step = None if self.step is None else self.step.model_dump(mode="json")
        return {"status": str(self.status), "step": step, "message": self.message}


def best(trace: Trace, settings: SearchSettings) -> Step | None:
    """The smallest λ that kept the budget, first among those above every λ that broke it; None if none kept it.

    Where a larger λ broke the budget, the smaller one that kept it may only have been lucky.
    """
    read, threshold = settings.read, trace.threshold
    broke = max((step.multiplier for step in trace.steps if read(step) > threshold), default=0.0)
    kept = sorted((step for step in trace.steps if read(step) <= threshold), key=lambda step: step.multiplier)
    return next((step for step in kept if step.multiplier > broke), kept[0] if kept else None)


def verdict(trace: Trace, settings: SearchSettings) -> Verdict | None:
    """Whether the search is over; None to go on."""
    if not trace.steps:
        return None
    for step in trace.steps:
        if trace.threshold - settings.tolerance <= settings.read(step) <= trace.threshold:
            return Verdict.of(Status.FOUND, trace, settings)
    kept = [step for step in trace.steps if settings.read(step) <= trace.threshold]
    if any(step.multiplier <= settings.minimum for step in kept):
        return Verdict.of(Status.SLACK, trace, settings)
    if rises(trace):
        return Verdict.of(Status.NOT_MONOTONE, trace, settings)
    if any(step.multiplier >= settings.maximum and step not in kept for step in trace.steps):
        return Verdict.of(Status.UNREACHABLE, trace, settings)
    if len(trace.steps) >= settings.trainings:
        return Verdict.of(Status.SPENT, trace, settings)
    return None


def rises(trace: Trace) -> bool:
    """Whether some larger λ cost more with intervals that do not touch: noise is no ground to give up on."""
    ordered = sorted(trace.steps, key=lambda step: step.multiplier)
    return any(
        right.low > left.high
        for number, left in enumerate(ordered)
        for right in ordered[number + 1 :]
        if right.multiplier > left.multiplier
    )
