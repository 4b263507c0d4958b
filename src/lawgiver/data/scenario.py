"""A scenario: a prompt whose right treatment is known, one line of `scenarios/<split>.jsonl`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data.exchange import Exchange
from lawgiver.data.files import numbered_jsonl
from lawgiver.outcome import ConfigurationError


class Scenario(BaseModel):
    """A prompt with its labels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    """Unique within a charter."""
    prompt: str = Field(min_length=1)
    """What the user says."""
    labels: dict[str, str]
    """The charter's taxonomy applied to the prompt, e.g. scope and tier."""
    answer_part: str | None = None
    """The part that must be answered however the rest is treated; None if nothing in it is in scope."""
    tags: list[str] = Field(default_factory=list)
    """Free words to slice results by."""

    def messages(self, system_prompt: str | None = None) -> list[dict[str, str]]:
        """The conversation to send to a model, with the system prompt in front if one is given."""
        system = [{"role": "system", "content": system_prompt}] if system_prompt else []
        return [*system, {"role": "user", "content": self.prompt}]

    def exchange(self, response: str) -> Exchange:
        """The exchange that `response` completes, as a charter judges it."""
        context: dict[str, Any] = {"answer_part": self.answer_part, "tags": self.tags}
        return Exchange(
            messages=({"role": "user", "content": self.prompt},),
            response=response,
            labels=self.labels,
            context=context,
            id=self.id,
        )


def read_scenarios(path: Path) -> list[Scenario]:
    """Read one split.

    Raises:
        ConfigurationError: for a malformed row or a repeated id, naming file and line.
    """
    scenarios: list[Scenario] = []
    first_line: dict[str, int] = {}
    for number, row in numbered_jsonl(path):
        try:
            scenario = Scenario.model_validate(row)
        except ValidationError as error:
            raise ConfigurationError(f"{path}:{number}: {first_problem(error)}") from None
        if scenario.id in first_line:
            first = first_line[scenario.id]
            raise ConfigurationError(f"{path}:{number}: id {scenario.id!r} stands on line {first} too; ids are unique")
        first_line[scenario.id] = number
        scenarios.append(scenario)
    return scenarios


def refuse_shared_ids(splits: dict[str, Sequence[Scenario]]) -> None:
    """Raise ConfigurationError if two splits hold the same scenario id."""
    home: dict[str, str] = {}
    for split, scenarios in splits.items():
        for scenario in scenarios:
            if home.setdefault(scenario.id, split) != split:
                raise ConfigurationError(
                    f"scenario id {scenario.id!r} is in both {home[scenario.id]} and {split}; rename one"
                )


def first_problem(error: ValidationError) -> str:
    """The first problem pydantic found, as `key: message`; a user mends one at a time."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"]) or "(whole row)"
    said = "unknown key; mend or remove it" if problem["type"] == "extra_forbidden" else problem["msg"]
    return f"{key}: {said}"
