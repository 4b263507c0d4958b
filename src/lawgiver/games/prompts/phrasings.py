"""The registry of phrasings: each tells a scene in its own way, up to the line that asks for the answer."""

from __future__ import annotations

from collections.abc import Callable

from lawgiver.games.prompts import garden, named, poetic, prose, story, table
from lawgiver.games.prompts.scene import Scene
from lawgiver.outcome import ConfigurationError

Phrasing = Callable[[Scene], str]

PHRASINGS: dict[str, Phrasing] = {
    "table": table.text,
    "prose": prose.text,
    "story": story.text,
    "poetic": poetic.text,
    "garden": garden.text,
    "named": named.text,
}
"""Name → teller. `garden` and `named` show no payoffs as numbers."""


def phrasing(name: str) -> Phrasing:
    """Look one up; ConfigurationError lists the names there are."""
    if name not in PHRASINGS:
        raise ConfigurationError(f"phrasing {name!r}: there is none of that name; choose from {', '.join(PHRASINGS)}")
    return PHRASINGS[name]
