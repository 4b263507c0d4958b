"""One text with what is known of it: what a guard learns from, and what it is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.guard.taxonomy import NAMES

Mode = Literal["prompt", "response", "conversation"]
USER, ASSISTANT = "User: ", "Assistant: "


class Example(BaseModel):
    """A text a guard is asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    text: str
    """What a user said; in mode `response`, what an assistant said."""
    response: str | None = None
    """In mode `conversation`: the answer to `text`, which is what the label speaks of."""
    mode: Mode = "prompt"
    unsafe: bool
    categories: Mapping[str, bool] = Field(default_factory=dict)
    """Category → whether it applies, for those somebody looked at; the others are unknown, which is not no."""
    language: str = ""
    """ISO 639-1; empty if nobody said."""
    source: str = ""
    group: str = ""
    """What must stay together when data are split: translations, twins, one dialogue."""
    weight: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _goes_together(self) -> Example:
        if (self.mode == "conversation") != (self.response is not None):
            raise ValueError("response: mode conversation has one, and only it")
        if unknown := set(self.categories) - set(NAMES):
            raise ValueError(f"categories: {', '.join(sorted(unknown))}: not among {', '.join(NAMES)}")
        if not self.unsafe and any(self.categories.values()):
            raise ValueError("categories: a safe text is in none of them")
        return self

    @property
    def plain(self) -> Example:
        """A conversation as one message, the answer after a blank, as DuoGuard's evaluation has it; others stay."""
        if self.response is None:
            return self
        return self.model_copy(update={"text": f"{self.text} {self.response}", "response": None, "mode": "prompt"})

    @property
    def scored(self) -> str:
        """The text as a guard reads it."""
        return scored_text(self.text, self.response, self.mode)


def scored_text(text: str, response: str | None, mode: Mode) -> str:
    """A message as it is, an answer and a conversation with the markers of their roles."""
    if mode == "prompt":
        return text
    if mode == "response":
        return ASSISTANT + text
    return f"{USER}{text}\n{ASSISTANT}{response}"
