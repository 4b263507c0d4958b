"""One exchange: what was said to a model, what it answered, and what is known about the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """The thing a charter judges."""

    messages: tuple[Mapping[str, str], ...]
    """The conversation up to the response: `role` and `content` of each message, oldest first."""
    response: str
    """The model's answer; empty while only the prompt is judged."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    """What is known of the prompt beforehand, e.g. `{"scope": "S0", "tier": "B"}`."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Everything else a policy may look at, e.g. the part of the prompt that must be answered."""
    phase: str = "response"
    """`prompt`, `response`, `tool_call` or `move`."""
    id: str = ""
    """A name to find it by; empty if it has none."""

    @property
    def prompt(self) -> str:
        """The last user message; empty if there is none."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return message.get("content", "")
        return ""
