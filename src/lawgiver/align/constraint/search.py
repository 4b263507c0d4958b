"""Find λ by training: measure at the dual's λ, correct on log λ, stop as soon as the budget is just kept.

The dual knows only reweighted samples of the reference; what a training makes of β/λ has to be measured (CAID, arXiv
2505.19387, shows how far the two can be apart). Cost falls in λ for exact optima, so a search needs few points: the
first correction follows the dual's slope, or goes further where the training did less than the dual foretold; later
ones follow the secant of log λ and cost, inside whatever bracket has been measured. `propose` is a pure function of the
trace, so a search that was interrupted goes on as if it had not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lawgiver.align.constraint.settings import SearchSettings
from lawgiver.align.constraint.trace import Beside, Decision, Step, Trace
from lawgiver.align.constraint.verdict import Status, Verdict, verdict
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one training came to."""

    cost: Interval
    """Cost on held-out prompts, as the constraint's scope has it; higher is worse."""
    run: str = ""
    """Where its model lies, for a warm start of the next."""
    beside: Mapping[str, Beside] = field(default_factory=dict)
    """Costs of other constraints, which do not decide."""
    warm_from: float | None = None
    """λ of the training whose weights it began with, if of any."""
    temperature: float | None = None
    """What the loss was given, where it is not β/λ."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The λ to train with next."""

    multiplier: float
    decision: Decision
    reason: str


Measure = Callable[[float, Step | None], Measurement]
"""Trains at a λ, starting from the weights of an earlier step (None: from stage 1), and measures the cost."""


def search(
    measure: Measure,
    trace: Trace,
    settings: SearchSettings,
    *,
    start: float,
    slope: float | None = None,
    before: float | None = None,
    on_step: Callable[[Trace], None] = lambda trace: None,
) -> tuple[Verdict, Trace]:
    """Train and measure until the budget is kept within tolerance, or no further training can help.

    Args:
        measure: one training and its measurement; what it raises ends the search, with the trace already told.
        trace: steps already measured; empty for a new search.
        settings: tolerance, range, and how many trainings in all.
        start: the dual's λ; taken into the range.
        slope: the dual's change of cost per unit of log λ, negative; None if not known.
        before: the cost at λ = 0, of the reference itself; None if not known.
        on_step: told the trace after every training, to keep it.

    Returns:
        The verdict, which names the step to use if there is one, and the whole trace.

    Raises:
        ConfigurationError: if the start is not positive, or a measured cost is not a number.
    """
    while True:
        ended = verdict(trace, settings)
        if ended is not None:
            return ended, trace
        proposal = propose(trace, settings, start=start, slope=slope, before=before)
        if proposal is None:
            return Verdict.of(Status.RESOLVED, trace, settings), trace
        measured = measure(proposal.multiplier, nearest(trace, proposal.multiplier))
        cost = measured.cost
        if not all(math.isfinite(number) for number in (cost.low, cost.estimate, cost.high)):
            raise ConfigurationError(f"λ = {proposal.multiplier:g}: the measured cost is {cost}; nothing to go by")
        trace = trace.add(
            Step(
                multiplier=proposal.multiplier,
                temperature=measured.temperature or trace.beta / proposal.multiplier,
                decision=proposal.decision,
                reason=proposal.reason,
                cost=cost.estimate,
                low=cost.low,
                high=cost.high,
                run=measured.run,
                note=cost.note[:500],
                beside=dict(measured.beside),
                warm_from=measured.warm_from,
            )
        )
        on_step(trace)


def nearest(trace: Trace, multiplier: float) -> Step | None:
    """The measured step whose λ is nearest in proportion: the weights to start from."""
    return min(trace.steps, key=lambda step: abs(math.log(step.multiplier / multiplier)), default=None)


def propose(
    trace: Trace,
    settings: SearchSettings,
    *,
    start: float,
    slope: float | None = None,
    before: float | None = None,
) -> Proposal | None:
    """The next λ, inside [λ_min, λ_max] and inside the measured bracket; None if the bracket is too narrow to split.

    Raises:
        ConfigurationError: if the start is not a positive number.
    """
    if not (math.isfinite(start) and start > 0):
        raise ConfigurationError(f"start={start!r}: a search on log λ begins at a positive λ")
    low, high = math.log(settings.minimum), math.log(settings.maximum)
    if not trace.steps:
        begin = min(max(math.log(start), low), high)
        return Proposal(settings.within(math.exp(begin)), "start", "λ of the dual, taken into the range")
    below, above = bracket(trace, settings)
    target = trace.threshold - settings.tolerance / 2  # the middle of what will be accepted
    if below is not None and above is not None:
        return _inside(below, above, target, settings)
    anchor = above if below is None else below
    assert anchor is not None
    here = math.log(anchor.multiplier)
    away = 1.0 if below is not None else -1.0
    stride = math.log(settings.growth)
    measured = _slope(trace)
    known = measured if measured is not None else slope if len(trace.steps) == 1 else None
    decision: Decision = "stride"
    if known is not None and known < 0:
        decision = "newton" if measured is None else "secant"
        # at least a tenth of a stride, or a flat stretch would eat up the trainings; at most two
        stride = min(max(away * (target - settings.read(anchor)) / known, 0.1 * stride), 2 * stride)
    if len(trace.steps) == 1 and above is None and before is not None:
        further = _in_proportion(before, anchor.high, target, settings)
        if further > stride:
            decision, stride = "proportion", further
    there = min(max(here + away * stride, low), high)
    word = "above" if away > 0 else "within"
    reason = (
        f"cost {settings.read(anchor):.4g} is {word} the budget {trace.threshold:g}: λ {'up' if away > 0 else 'down'}"
    )
    return Proposal(settings.within(math.exp(there)), decision, reason)


def _inside(below: Step, above: Step, target: float, settings: SearchSettings) -> Proposal | None:
    left, right = math.log(below.multiplier), math.log(above.multiplier)
    width = right - left
    if width < settings.resolution:
        return None
    fall = settings.read(below) - settings.read(above)
    share = (settings.read(below) - target) / fall if fall > 0 else 0.5
    share = min(max(share, 0.1), 0.9)  # a tenth away from either end, so that the bracket always shrinks
    reason = f"between λ = {below.multiplier:.4g} (too much cost) and λ = {above.multiplier:.4g} (within the budget)"
    return Proposal(settings.within(math.exp(left + share * width)), "inside", reason)


def _in_proportion(before: float, cost: float, target: float, settings: SearchSettings) -> float:
    """How far to go in log λ if the cost falls from that of the reference in proportion to λ, as it does near λ = 0.

    A training of a few steps does a small part of what the exact optimum would, and the dual cannot know how small.
    Only the fall that is certain counts, to the upper end of the cost's interval: a λ that is too large closes the
    bracket, and one that is too small costs a training. At most three strides: a first fall within the noise says only
    that λ is much too small.
    """
    most = 3 * math.log(settings.growth)
    return most if cost >= before else min(math.log(max(before - target, before - cost) / (before - cost)), most)


def bracket(trace: Trace, settings: SearchSettings) -> tuple[Step | None, Step | None]:
    """The largest λ that broke the budget, and the smallest above it that kept it."""
    broke = [step for step in trace.steps if settings.read(step) > trace.threshold]
    below = max(broke, key=lambda step: step.multiplier, default=None)
    floor = 0.0 if below is None else below.multiplier
    kept = [s for s in trace.steps if settings.read(s) <= trace.threshold and s.multiplier > floor]
    return below, min(kept, key=lambda step: step.multiplier, default=None)


def _slope(trace: Trace) -> float | None:
    """Measured change of cost per unit of log λ between the last two different λ; None if it cannot be told."""
    last = trace.steps[-1]
    for step in reversed(trace.steps[:-1]):
        if step.multiplier != last.multiplier:
            return (last.cost - step.cost) / math.log(last.multiplier / step.multiplier)
    return None
