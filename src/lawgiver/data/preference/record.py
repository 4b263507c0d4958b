"""What preference data say: one answer over another, or one answer wanted or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lawgiver.data.duplicates import normalise
from lawgiver.data.files import sha256_bytes

HELPFUL = "helpful"
SAFE = "safe"

Message: TypeAlias = Mapping[str, str]
Conversation: TypeAlias = tuple[Message, ...]
"""`role` and `content` of each message, oldest first; the last one is not the assistant's."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one prompt, one of them preferred."""

    objective: str
    """What it speaks of: `helpful`, `safe`, or the name of a constraint."""
    prompt: Conversation
    chosen: str
    rejected: str
    id: str = ""
    """Where it comes from; one row may give a pair for each of several objectives, all under its id."""
    group: str = ""
    """What must stay together when data are split; see `group_of`."""
    chosen_safe: bool | None = None
    """Whether the preferred answer is safe; None if nobody said."""
    rejected_safe: bool | None = None
    margin: float | None = None
    """By how much it is preferred, in the units of its source, 0 or more; None if not known."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """What else its row says: `chosen_index`, harm categories, ranks."""

    @property
    def answers(self) -> tuple[str, ...]:
        """Its texts, the preferred one first."""
        return (self.chosen, self.rejected)

    def to_json(self) -> dict[str, Any]:
        """One line of a file that `read_preferences` reads back."""
        return {
            "id": self.id,
            "group": self.group,
            "objective": self.objective,
            "prompt": [dict(message) for message in self.prompt],
            "chosen": self.chosen,
            "rejected": self.rejected,
            "chosen_safe": self.chosen_safe,
            "rejected_safe": self.rejected_safe,
            "margin": self.margin,
            "meta": dict(self.meta),
        }


@dataclass(frozen=True, slots=True)
class Labelled:
    """One answer, wanted or not, as KTO learns from it."""

    objective: str
    """What it speaks of: `helpful`, `safe`, or the name of a constraint."""
    prompt: Conversation
    completion: str
    desirable: bool
    id: str = ""
    group: str = ""
    """What must stay together when data are split; see `group_of`."""
    safe: bool | None = None
    """Whether the answer is safe; None if nobody said."""
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> tuple[str, ...]:
        """Its text."""
        return (self.completion,)

    def to_json(self) -> dict[str, Any]:
        """One line of a file that `read_preferences` reads back."""
        return {
            "id": self.id,
            "group": self.group,
            "objective": self.objective,
            "prompt": [dict(message) for message in self.prompt],
            "completion": self.completion,
            "desirable": self.desirable,
            "safe": self.safe,
            "meta": dict(self.meta),
        }


Record: TypeAlias = Pair | Labelled


def spoken(prompt: Sequence[Message]) -> str:
    """The text of a prompt, one message a line, without system messages."""
    return "\n".join(message["content"] for message in prompt if message["role"] != "system")


def same(text: str) -> str:
    """A text as it counts when texts are compared exactly: runs of white space do not matter, all else does.

    Case and punctuation stay: of two answers that differ in a minus sign alone, one may well be the better.
    """
    return " ".join(text.split())


def prompt_key(prompt: Sequence[Message]) -> str:
    """Equal for equal prompts, roles and system message included."""
    return "\n".join(f"{message['role']}: {same(message['content'])}" for message in prompt)


def group_of(prompt: Sequence[Message]) -> str:
    """A group for a prompt whose source names none: a hash of the first thing the user says.

    Dialogues that begin alike are often one dialogue, cut at different turns; they stay together.
    """
    first = next((message["content"] for message in prompt if message["role"] == "user"), spoken(prompt))
    return "first:" + sha256_bytes(normalise(first).encode(errors="backslashreplace"))[:16]
