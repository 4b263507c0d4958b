"""What a fitted head may answer, and the labelled rows it learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data import Exchange, read_jsonl
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """One question the fitted judges answer."""

    field: str
    """The evidence field, which is also the key of its labels."""
    classes: tuple[str, ...]
    """The possible answers; `("false", "true")` for a truth value."""
    requires: str | None = None
    """A key of the exchange's context without which the question does not apply, e.g. `answer_part`."""

    @property
    def boolean(self) -> bool:
        """Whether the value is a truth value rather than a name."""
        return set(self.classes) == {"false", "true"}


class LabelRow(BaseModel):
    """One labelled response, a line of a `labels/*.jsonl`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    """Unique among the rows of a fit."""
    prompt: str
    """What the user said."""
    prompt_labels: dict[str, str] = Field(default_factory=dict)
    """The charter's taxonomy applied to the prompt."""
    answer_part: str | None = None
    """The part of the prompt that must be answered; None if nothing in it is in scope."""
    response: str
    """What was answered."""
    source: str = ""
    """Where the response came from: written by hand, or a model's name."""
    labels: dict[str, str | bool | None]
    """Field → label; None where the question does not apply."""

    def exchange(self) -> Exchange:
        """The exchange as a scorer sees it: with its context, without its labels."""
        return Exchange(
            messages=({"role": "user", "content": self.prompt},),
            response=self.response,
            context={"answer_part": self.answer_part},
            id=self.id,
        )

    def label(self, field: str) -> str | None:
        """The label of a field as a class name (truth values as `true`, `false`), None if it has none."""
        label = self.labels.get(field)
        return str(label).lower() if isinstance(label, bool) else label


def read_labels(paths: Sequence[Path]) -> list[LabelRow]:
    """Read label files, in the order given.

    Raises:
        ConfigurationError: for a malformed row or an id used twice, naming file and row.
    """
    rows: dict[str, LabelRow] = {}
    for path in paths:
        for number, document in enumerate(read_jsonl(path), 1):
            try:
                row = LabelRow.model_validate(document)
            except ValidationError as error:
                raise ConfigurationError(f"{path}: row {number}: {first_problem(error)}") from None
            if row.id in rows:
                raise ConfigurationError(f"{path}: row {number}: id {row.id!r} was used before; ids are unique")
            rows[row.id] = row
    return list(rows.values())
