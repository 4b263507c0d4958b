"""What an LLM judge may answer, and the check that it answered just that.

A judge fills in declared fields: truth values, names from a list, numbers in a range. Never free text, so
nothing the judged text says can travel through the judge's answer into a reward or a report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.outcome import ConfigurationError

Answer: TypeAlias = dict[str, bool | str | float]

ABSTAIN = "abstain"
"""A `bool` field of this name lets the judge say that it cannot tell."""


class FieldSpec(BaseModel):
    """One field of a judge's answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    """Key in the answer."""
    type: Literal["bool", "enum", "number"]
    """What it holds."""
    values: tuple[str, ...] = ()
    """The names an `enum` chooses from, at least two."""
    minimum: float | None = Field(default=None, allow_inf_nan=False)
    """Least `number`, included."""
    maximum: float | None = Field(default=None, allow_inf_nan=False)
    """Greatest `number`, included."""
    description: str = ""
    """What the judge is told about it."""

    @model_validator(mode="after")
    def _complete(self) -> FieldSpec:
        if self.type == "enum":
            if len(set(self.values)) < 2 or len(set(self.values)) != len(self.values):
                raise ValueError("an enum needs `values`: at least two, each once")
        elif self.values:
            raise ValueError(f"`values` belongs to an enum, not to a {self.type}")
        if self.type == "number":
            if self.minimum is None or self.maximum is None or not self.minimum < self.maximum:
                raise ValueError("a number needs `minimum` < `maximum`")
        elif self.minimum is not None or self.maximum is not None:
            raise ValueError(f"`minimum` and `maximum` belong to a number, not to a {self.type}")
        if self.name == ABSTAIN and self.type != "bool":
            raise ValueError(f"`{ABSTAIN}` is a bool")
        return self

    def json_schema(self) -> dict[str, Any]:
        """JSON schema of this field alone."""
        match self.type:
            case "bool":
                schema: dict[str, Any] = {"type": "boolean"}
            case "enum":
                schema = {"type": "string", "enum": list(self.values)}
            case "number":
                schema = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        return {**schema, "description": self.description} if self.description else schema

    def check(self, value: object) -> bool | str | float:
        """Return `value` as this field's type.

        Raises:
            AnswerError: if it has another type or lies outside the range.
        """
        match self.type:
            case "bool" if isinstance(value, bool):
                return value
            case "enum" if isinstance(value, str) and value in self.values:
                return value
            # bool is an int to Python, and true is not a number to JSON; written so that NaN is refused
            case "number" if isinstance(value, int | float) and not isinstance(value, bool):
                assert self.minimum is not None
                assert self.maximum is not None
                if self.minimum <= value <= self.maximum:
                    return float(value)
        # the value itself is the judge's, so hostile: only its type is told
        raise AnswerError(f"{self.name} is a {type(value).__name__} outside {json.dumps(self.json_schema())}")


class AnswerError(ValueError):
    """A judge's answer is not what its fields declare; the message quotes nothing that the judge wrote."""


def check_fields(fields: Sequence[FieldSpec]) -> tuple[FieldSpec, ...]:
    """Return the fields as a tuple.

    Raises:
        ConfigurationError: if there is none besides `abstain`, or a name comes twice.
    """
    names = [field.name for field in fields]
    if not set(names) - {ABSTAIN}:
        raise ConfigurationError("an LLM judge needs at least one field to fill in besides `abstain`")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(f"fields named more than once: {', '.join(repeated)}; names are unique")
    return tuple(fields)


def answer_schema(fields: Sequence[FieldSpec]) -> dict[str, Any]:
    """JSON schema of a whole answer: an object of exactly these keys."""
    return {
        "type": "object",
        "properties": {field.name: field.json_schema() for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def parse_object(text: str) -> dict[str, Any]:
    """Parse one JSON object with no repeated key and nothing around it.

    Raises:
        AnswerError: if the text is anything else.
    """
    try:
        document = json.loads(text, object_pairs_hook=_refuse_repeats)
    except AnswerError:
        raise
    except (ValueError, RecursionError):
        raise AnswerError("the answer is not JSON") from None
    if not isinstance(document, dict):
        raise AnswerError(f"the answer is a JSON {type(document).__name__}, not an object")
    return document


def check_answer(fields: Sequence[FieldSpec], document: object) -> Answer:
    """Return the answer with every field checked.

    Raises:
        AnswerError: unless it is an object of exactly these keys, each of its type and in its range.
    """
    if not isinstance(document, dict):
        raise AnswerError("the answer is not an object")
    expected = {field.name for field in fields}
    if missing := sorted(expected - document.keys()):
        raise AnswerError(f"the answer lacks {', '.join(missing)}")
    if surplus := len(document.keys() - expected):
        raise AnswerError(f"the answer has {surplus} keys that were not asked for")
    return {field.name: field.check(document[field.name]) for field in fields}


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise AnswerError("the answer gives a key twice")
    return document
