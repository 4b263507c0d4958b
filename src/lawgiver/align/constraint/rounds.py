"""Several λ found at once: each round trains one step a constraint, and corrects whichever λ missed its budget.

A chain of steps, one a constraint at β/λ_i, ends at the joint optimum (SACPO, arXiv 2404.11049, theorem 4), so the λ of
one dual are where it begins. What a round measures is read constraint by constraint: one that keeps its budget, and
gives little away for it, keeps its λ; any other moves as a search for its λ alone would move it. A constraint of λ = 0
has no step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.align.constraint.search import propose
from lawgiver.align.constraint.settings import SearchSettings
from lawgiver.align.constraint.trace import Beside, Decision, Step, Trace
from lawgiver.align.constraint.verdict import MEANING, Status
from lawgiver.data.files import atomic_write, read_text
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

PLAIN = 1.0
"""λ of a constraint that the dual gave none and a measurement found broken: a step at β itself."""


class Move(BaseModel):
    """The λ of one constraint in one round."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    multiplier: float = Field(ge=0)
    """λ; 0 leaves its step out."""
    decision: Decision
    """How it was chosen."""
    reason: str = Field(max_length=500)
    """The same for people."""


class Round(BaseModel):
    """One chain of trainings, measured at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    moves: dict[str, Move]
    """Constraint → its λ."""
    costs: dict[str, Beside]
    """Constraint → its cost at the end of the chain."""
    run: str = ""
    """Where the last policy of the chain lies."""
    stages: dict[str, str] = Field(default_factory=dict)
    """Stage → where its training lies; those left out are not in it."""

    @property
    def multipliers(self) -> dict[str, float]:
        """Constraint → λ."""
        return {name: move.multiplier for name, move in self.moves.items()}


class Rounds(BaseModel):
    """All rounds of one search, oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    beta: Annotated[float, Field(gt=0)]
    """The problem's KL temperature."""
    rounds: tuple[Round, ...] = Field(default=(), max_length=1000)

    def trace(self, name: str) -> Trace:
        """What is known of one constraint: the rounds in which it had a step."""
        threshold = self.rounds[0].costs[name].threshold
        steps = [
            Step(
                multiplier=move.multiplier,
                temperature=self.beta / move.multiplier,
                decision=move.decision,
                reason=move.reason,
                **each.costs[name].model_dump(include={"cost", "low", "high"}),
            )
            for each in self.rounds
            if (move := each.moves[name]).multiplier > 0
        ]
        return Trace(threshold=threshold, beta=self.beta, steps=tuple(steps))

    def to_json(self) -> dict[str, Any]:
        """For a run directory."""
        return self.model_dump(mode="json")

    def write(self, path: Path) -> None:
        """Write it whole or not at all."""
        atomic_write(path, json.dumps(self.to_json(), indent=2))


def read_rounds(path: Path) -> Rounds:
    """Read what `Rounds.write` wrote.

    Raises:
        ConfigurationError: if the file is missing or holds no rounds.
    """
    try:
        return Rounds.model_validate_json(read_text(path))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {first_problem(error)}; delete it to begin the search anew") from None


def search_rounds(
    measure: Callable[[dict[str, Move]], Round],
    rounds: Rounds,
    settings: SearchSettings,
    *,
    start: Mapping[str, float],
    slopes: Mapping[str, float | None],
    on_round: Callable[[Rounds], None] = lambda rounds: None,
) -> tuple[Status, Round | None, Rounds]:
    """Train and measure chains until every budget is kept within tolerance, or no further round can help.

    Args:
        measure: trains one chain and measures it.
        rounds: those already measured; empty for a new search.
        settings: as for one λ, `trainings` being rounds.
        start: constraint → λ of the dual, 0 where it needs none.
        slopes: constraint → the dual's change of its cost per unit of its log λ.
        on_round: told after every round, to keep it.

    Returns:
        How it ended, the round to use (None if none kept every budget), and all rounds.
    """
    while True:
        moves = _begin(start, settings) if not rounds.rounds else _next(rounds, settings, slopes)
        ended = _ended(rounds, moves, settings)
        if ended is not None:
            return ended, best_round(rounds, settings), rounds
        rounds = rounds.model_copy(update={"rounds": (*rounds.rounds, measure(moves))})
        on_round(rounds)


def best_round(rounds: Rounds, settings: SearchSettings) -> Round | None:
    """Of the rounds that kept every budget, the one of the least sum of λ; None if there is none."""
    kept = [each for each in rounds.rounds if excess(each, settings) <= 0]
    return min(kept, key=lambda each: sum(each.multipliers.values()), default=None)


def excess(each: Round, settings: SearchSettings) -> float:
    """By how much a round broke the budget it broke most, in units of cost; at most 0 if it kept them all."""
    return max(settings.read(cost) - cost.threshold for cost in each.costs.values())


def explained(status: Status, chosen: Round | None, rounds: Rounds, settings: SearchSettings) -> str:
    """How it ended, in a sentence."""
    if chosen is None:
        least = min((excess(each, settings) for each in rounds.rounds), default=0.0)
        return f"{MEANING[status]}; no round kept every budget, the best broke one by {least:.4g}"
    used = ", ".join(
        f"{name} λ = {value:.4g} with cost {chosen.costs[name].cost:.4g} ≤ {chosen.costs[name].threshold:g}"
        for name, value in chosen.multipliers.items()
    )
    return f"{MEANING[status]}; use {used}"


def _begin(start: Mapping[str, float], settings: SearchSettings) -> dict[str, Move]:
    return {
        name: Move(multiplier=settings.within(value), decision="start", reason="λ of the dual, taken into the range")
        if value > 0
        else Move(multiplier=0.0, decision="start", reason="the dual says that it needs no step")
        for name, value in start.items()
    }


def _next(rounds: Rounds, settings: SearchSettings, slopes: Mapping[str, float | None]) -> dict[str, Move]:
    last = rounds.rounds[-1]
    return {
        name: move if _settled(move, last.costs[name], settings) else _moved(name, move, rounds, settings, slopes)
        for name, move in last.moves.items()
    }


def _settled(move: Move, cost: Beside, settings: SearchSettings) -> bool:
    """Whether a budget is kept, and either little is given away for it or nothing more can be taken back."""
    held = settings.read(cost)
    return held <= cost.threshold and (
        held >= cost.threshold - settings.tolerance or move.multiplier <= settings.minimum
    )


def _moved(name: str, move: Move, rounds: Rounds, settings: SearchSettings, slopes: Mapping[str, float | None]) -> Move:
    here, cost = move.multiplier, rounds.rounds[-1].costs[name]
    if here == 0:
        reason = "the dual gave it no step, and measured it is broken: a plain step at β"
        return Move(multiplier=settings.within(PLAIN), decision="stride", reason=reason)
    found = propose(rounds.trace(name), settings, start=here, slope=slopes.get(name))
    # a cost also moves with the λ of others, so an older measurement may point the other way: then it is no guide
    broken = settings.read(cost) > cost.threshold
    if found is None or (found.multiplier > here) != broken:
        return move
    return Move(multiplier=found.multiplier, decision=found.decision, reason=found.reason)


def _ended(rounds: Rounds, moves: Mapping[str, Move], settings: SearchSettings) -> Status | None:
    if not rounds.rounds:
        return None
    last = rounds.rounds[-1]
    if all(_settled(last.moves[name], cost, settings) for name, cost in last.costs.items()):
        slack = all(value <= settings.minimum for value in last.multipliers.values())
        return Status.SLACK if slack else Status.FOUND
    if any(
        settings.read(cost) > cost.threshold and last.moves[name].multiplier >= settings.maximum
        for name, cost in last.costs.items()
    ):
        return Status.UNREACHABLE
    if len(rounds.rounds) >= settings.trainings:
        return Status.SPENT
    if {name: move.multiplier for name, move in moves.items()} == last.multipliers:
        return Status.RESOLVED
    return None
