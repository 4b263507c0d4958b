"""Where a text came from: seed → operator or generator → iteration → verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.random import Generator
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lawgiver.data.files import numbered_jsonl, write_jsonl
from lawgiver.data.scenario import first_problem
from lawgiver.guard.example import Example
from lawgiver.guard.operators.registry import operator
from lawgiver.outcome import ConfigurationError, from_json


class Verdict(BaseModel):
    """What somebody found about a sample."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str = Field(min_length=1)
    """Who, with a version: a guard, a judge, or a person."""
    outcome: Mapping[str, Any]
    """`{"value": p}` with the probability that the text is unsafe, `{"abstained": reason}` or `{"failed": error}`."""
    kept: bool
    """Whether the sample may be learned from."""
    reason: str = ""
    """Why not, or why in spite of something."""

    @field_validator("outcome")
    @classmethod
    def _is_an_outcome(cls, outcome: Mapping[str, Any]) -> Mapping[str, Any]:
        from_json(outcome)
        value = outcome.get("value", 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ValueError("value: a probability, 0 to 1")
        return outcome


class Sample(BaseModel):
    """An example with its lineage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    example: Example
    seed: str = Field(min_length=1)
    """Id of the example that it goes back to; its own id if it is a seed itself."""
    made_by: tuple[str, ...] = ()
    """Operators, generators (`generator:<name>`) and translators (`apertium:<pair>`), in the order they were at work;
    empty for a seed.
    """
    iteration: int = Field(default=0, ge=0)
    """Round of the two-player game that it was made in; 0 before the first."""
    verdict: Verdict | None = None
    """None as long as nobody has looked."""

    @classmethod
    def of(cls, example: Example) -> Sample:
        """A seed."""
        return cls(example=example, seed=example.id)

    def vary(self, name: str, rng: Generator, iteration: int | None = None) -> Sample | None:
        """This sample rewritten by an operator, nobody's verdict on it yet.

        Group, label and source stay. Of a conversation, whose label speaks of the answer, the user's message is
        rewritten.

        Args:
            name: of the operator.
            rng: source of all randomness.
            iteration: round of the game; this sample's own if None.

        Returns:
            None if the operator has no hold on the text, or makes requests and this is an answer.

        Raises:
            ConfigurationError: if there is no such operator.
        """
        chosen = operator(name)
        if chosen.request_only and self.example.mode == "response":
            return None
        text = chosen.apply(self.example.text, rng, self.example.language)
        if text is None:
            return None
        made_by = (*self.made_by, name)
        return Sample(
            example=self.example.model_copy(update={"text": text, "id": "+".join([self.seed, *made_by])}),
            seed=self.seed,
            made_by=made_by,
            iteration=self.iteration if iteration is None else iteration,
        )

    def to_json(self) -> dict[str, Any]:
        """The sample as one JSON object, without what is at its default."""
        return self.model_dump(mode="json", exclude_defaults=True)


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Write one sample a line, atomically."""
    write_jsonl(path, (sample.to_json() for sample in samples))


def read_samples(path: Path) -> list[Sample]:
    """Read what `write_samples` wrote.

    Raises:
        ConfigurationError: for a malformed row, naming file and line.
    """
    samples = []
    for number, row in numbered_jsonl(path):
        try:
            samples.append(Sample.model_validate(row))
        except ValidationError as error:
            raise ConfigurationError(f"{path}:{number}: {first_problem(error)}") from None
    return samples
