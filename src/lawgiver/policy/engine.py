"""What every policy engine offers, whoever evaluates the Rego."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from lawgiver.policy.decision import Decision


@runtime_checkable
class PolicyEngine(Protocol):
    """Turns an input document into a decision, and never raises for what the input or the policy does.

    Whatever goes wrong (an input that is no clean JSON, an undefined rule, a crash, an answer of the wrong
    type) is a *denied* decision: action `block`, nothing scored, and `error` says why.
    """

    def evaluate(self, input: Mapping[str, Any]) -> Decision:
        """Decide on one input."""
        ...

    def evaluate_batch(self, inputs: Sequence[Mapping[str, Any]]) -> list[Decision]:
        """Decide on many; the same decisions, in the same order, as one call each."""
        ...
