"""Where an evidence field comes from, as `charter.yaml` says it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from lawgiver.evidence.guard import NAME as GUARD
from lawgiver.evidence.preference_model import NAME as PREFERENCE_MODEL

RUBRIC = r"rubrics/[^/]+\.md"


class EvidenceField(BaseModel):
    """Where one evidence field comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorer: str
    """A scorer by its registry name, e.g. `lexical.refusal`, `fitted`, `llm`."""
    rubric: str | None = None
    """For `llm`: the file under the charter that the judge is given."""
    type: Literal["bool", "number", "enum"] | None = None
    """For `llm`: the type of the field; a number is in 0..1."""
    values: list[str] | None = None
    """For `llm` with type `enum`: the allowed values."""
    training: str | None = None
    """For `preference_model`: the folder of the one that scores while a policy is trained, as seen from the charter."""
    evaluation: str | None = None
    """For `preference_model`: the folder of the one that scores at any other time."""
    guard: str | None = None
    """For `guard`: its folder, or the run that trained it, as seen from the charter."""
    output: str | None = None
    """For `guard`: which of its outputs; `unsafe` if nothing is said."""

    @model_validator(mode="after")
    def _preference_model_is_complete(self) -> EvidenceField:
        folders = (self.training, self.evaluation)
        if self.scorer == PREFERENCE_MODEL:
            if not all(folders) or self.training == self.evaluation:
                raise ValueError(
                    "a preference_model field needs training and evaluation, the folders of two models: the one that "
                    "trains a policy never evaluates it"
                )
        elif any(folder is not None for folder in folders):
            raise ValueError(f"training and evaluation belong to the scorer preference_model, not to {self.scorer}")
        return self

    @model_validator(mode="after")
    def _guard_is_complete(self) -> EvidenceField:
        if self.scorer == GUARD and not self.guard:
            raise ValueError("a guard field needs guard, the folder of one")
        if self.scorer != GUARD and (self.guard is not None or self.output is not None):
            raise ValueError(f"guard and output belong to the scorer guard, not to {self.scorer}")
        return self

    @model_validator(mode="after")
    def _llm_is_complete(self) -> EvidenceField:
        asked = (self.rubric, self.type, self.values)
        if self.scorer == "llm":
            if self.rubric is None or self.type is None:
                raise ValueError("an llm field needs a rubric (a file under the charter) and a type")
            if not re.fullmatch(RUBRIC, self.rubric):
                raise ValueError(
                    f"rubric {self.rubric!r}: name it like rubrics/truth.md, which the charter's hash covers"
                )
            if (self.type == "enum") != bool(self.values and len(set(self.values)) > 1):
                raise ValueError("an enum needs at least two values, and only an enum has values")
        elif any(part is not None for part in asked):
            raise ValueError(f"rubric, type and values belong to the scorer llm, not to {self.scorer}")
        return self
