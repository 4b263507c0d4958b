"""A judgement: what a charter said of one exchange, and everything needed to say it again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lawgiver.data import Exchange
from lawgiver.outcome import Abstained, Failed, Outcome, Value, to_json
from lawgiver.policy import Violation


@dataclass(frozen=True, slots=True)
class Judgement:
    """One exchange, judged."""

    exchange: Exchange
    action: str
    """allow, block, rewrite, escalate or append."""
    score: Outcome[float]
    """Weighted mean of the measured values, 0..1; 0 when a rule blocks the exchange."""
    values: Mapping[str, Outcome[float]]
    """Principle → 0..1, before the gate."""
    costs: Mapping[str, Outcome[float]]
    """Constraint → cost; higher is worse."""
    violations: tuple[Violation, ...]
    """The rules that fired: rule, severity, message."""
    evidence: Mapping[str, Mapping[str, Any]]
    """Field → its outcome with scorer and version."""
    input_sha256: str
    """Of the canonical JSON that the policy was asked about."""
    charter: Mapping[str, str]
    """Name, version and sha256."""

    @property
    def gated(self) -> bool:
        """Whether a rule blocked the exchange, which then earns no value."""
        return self.action == "block"

    def reward(self, principle: str) -> float | None:
        """The value that training sees, None if abstained or failed.

        Behind the gate every value is 0, so that nothing buys the breach back, but for the value of the
        principle that was broken: it is low already, and its slope is the way out.
        """
        match self.values[principle]:
            case Value(value):
                return 0.0 if self.gated and principle not in self._broken() else value
            case _:
                return None

    def _broken(self) -> set[str]:
        """The principles whose rules block: a rule's id begins with its principle, as in `dharma.left_domain`."""
        return {v["rule"].partition(".")[0] for v in self.violations if v["severity"] == "major"}

    def cost(self, constraint: str) -> float | None:
        """The cost, or None if abstained or failed."""
        match self.costs[constraint]:
            case Value(value):
                return value
            case _:
                return None

    def failed(self) -> bool:
        """Whether anything in it failed, as opposed to abstained."""
        scores = [self.score, *self.values.values(), *self.costs.values()]
        return any(isinstance(score, Failed) for score in scores)

    def number(self, field: str) -> float | None:
        """A numeric evidence field, or None."""
        value = self.evidence.get(field, {}).get("value")
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    def to_json(self) -> dict[str, Any]:
        """One line of `judgements.jsonl`."""
        exchange = self.exchange
        return {
            "id": exchange.id,
            "prompt": exchange.prompt,
            "response": exchange.response,
            "labels": dict(exchange.labels),
            **exchange.context,
            "action": self.action,
            "gated": self.gated,
            "score": to_json(self.score),
            "values": {name: to_json(value) for name, value in self.values.items()},
            "costs": {name: to_json(cost) for name, cost in self.costs.items()},
            "violations": [dict(violation) for violation in self.violations],
            "evidence": {name: dict(field) for name, field in self.evidence.items()},
            "input_sha256": self.input_sha256,
            "charter": dict(self.charter),
        }


def settle(
    name: str,
    given: Mapping[str, float],
    rests_on: list[str],
    evidence: Mapping[str, Mapping[str, Any]],
    error: str | None,
) -> Outcome[float]:
    """Turn what the policy gave for one principle or constraint into an outcome.

    Failed evidence fails the score even where the policy gave a number: a rule may read a missing field as
    "not so". Without a number, the score abstains.
    """
    if error is not None:
        return Failed(error)
    for field in rests_on:
        if "failed" in evidence[field]:
            return Failed(f"evidence {field}: {evidence[field]['failed']}")
    if name in given:
        return Value(given[name])
    for field in rests_on:
        if "abstained" in evidence[field]:
            return Abstained(f"evidence {field}: {evidence[field]['abstained']}")
    return Abstained(f"the policy gives no {name} for this exchange")
