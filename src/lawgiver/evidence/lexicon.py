"""Groups of words that say what a text is about: what a few hundred labelled examples cannot teach.

A word belongs to a group if an entry of fewer than five letters equals it (or it without a final s), or if an
entry of five letters or more begins it: `infect` holds "infection" and "infected".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STEM = 5
"""Letters from which an entry stands for every word that begins with it."""


@dataclass(frozen=True)
class Lexicon:
    """Named groups of words. The order of the groups is the order of the features."""

    topics: Mapping[str, frozenset[str]]
    """What a text may be about, e.g. clinical; prompts and responses are compared by these."""
    signals: Mapping[str, frozenset[str]]
    """Ways of speaking, e.g. certainty; counted in responses."""
    alarm: str
    """The signal that is counted in prompts too, for its answer should send the reader to care."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of all groups, topics first."""
        return (*self.topics, *self.signals)

    def memberships(self, word: str) -> tuple[int, ...]:
        """Positions in `groups` of those the word belongs to."""
        forms = {word, word.removesuffix("s")} | {word[:end] for end in range(STEM, min(len(word), 16))}
        members = [*self.topics.values(), *self.signals.values()]
        return tuple(at for at, entries in enumerate(members) if not entries.isdisjoint(forms))

    def to_json(self) -> dict[str, object]:
        """Encode for a bundle's header."""
        return {
            "topics": {name: sorted(entries) for name, entries in self.topics.items()},
            "signals": {name: sorted(entries) for name, entries in self.signals.items()},
            "alarm": self.alarm,
        }


def lexicon_from(topics: Mapping[str, str], signals: Mapping[str, str], alarm: str) -> Lexicon:
    """Build a lexicon from groups written as words with spaces between."""
    return Lexicon(
        {name: frozenset(entries.split()) for name, entries in topics.items()},
        {name: frozenset(entries.split()) for name, entries in signals.items()},
        alarm,
    )
