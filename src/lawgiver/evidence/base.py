"""What a scorer is, and what it says about one field of one exchange.

A scorer may yield several fields from one pass over the text. Whatever happens inside it, it answers for every
exchange it was given: a value, an abstention, or a failure. A crash on one exchange stays with that exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lawgiver.data import Exchange
from lawgiver.outcome import Failed, Outcome, to_json


@dataclass(frozen=True, slots=True)
class FieldScore:
    """What one scorer says of one field of one exchange, and who said it."""

    outcome: Outcome[Any]
    """The value (a JSON scalar), or why there is none."""
    scorer: str
    """Registered name of the scorer, e.g. `lexical.refusal`."""
    version: str
    """Changes whenever the same text might be scored differently."""
    probabilities: Mapping[str, float] | None = None
    """Class → probability (sums to 1), where the scorer has them; booleans are the classes `true`, `false`."""
    explanation: str | None = None
    """Why, in the scorer's own words, where it gives any."""

    def to_json(self) -> dict[str, Any]:
        """Encode as `{"value": …, "probabilities"?: …, "explanation"?: …, "scorer": …, "version": …}`.

        An abstention has `abstained` and a failure `failed` in the place of `value`.
        """
        document = to_json(self.outcome)
        if self.probabilities is not None:
            document["probabilities"] = dict(self.probabilities)
        if self.explanation is not None:
            document["explanation"] = self.explanation
        return {**document, "scorer": self.scorer, "version": self.version}


@runtime_checkable
class Scorer(Protocol):
    """Reads exchanges, yields evidence."""

    @property
    def name(self) -> str:
        """The registered name, e.g. `lexical.refusal`."""

    @property
    def version(self) -> str:
        """Changes whenever the same text might be scored differently."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The evidence fields that `score` yields for every exchange."""

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """One dict an exchange, in order, each with exactly the keys `fields`. Raises for no exchange."""


def one_by_one(
    scorer: Scorer,
    exchanges: Sequence[Exchange],
    read: Callable[[Exchange], dict[str, FieldScore]],
) -> list[dict[str, FieldScore]]:
    """Apply `read` to each exchange; one that makes it raise gets `Failed` in every field, the others are unharmed."""
    scores: list[dict[str, FieldScore]] = []
    for exchange in exchanges:
        try:
            scores.append(read(exchange))
        except Exception as error:  # any crash is evidence that the scorer could not look, never a score
            scores.append(failed(scorer, error))
    return scores


def failed(scorer: Scorer, error: Exception) -> dict[str, FieldScore]:
    """`Failed` in every field of the scorer, naming the error."""
    outcome = Failed(f"{type(error).__name__}: {error}")
    return {field: FieldScore(outcome, scorer.name, scorer.version) for field in scorer.fields}
