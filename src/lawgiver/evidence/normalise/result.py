"""What normalising gives: the text, what was changed in it, and what was hidden in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_SHOWN = 40  # characters of an example


@dataclass(frozen=True, slots=True)
class Change:
    """All changes of one kind."""

    kind: str
    """What was undone, e.g. `homoglyph`, `zero_width`, `leet`."""
    count: int
    """Characters or words, whichever the kind speaks of; 1 or more."""
    at: int
    """Where the first one began, in characters of the text as that step found it."""
    before: str
    """The first one as it stood, escaped where nothing would be seen, at most 40 characters."""
    after: str
    """What became of it, likewise."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A readable text that stood encoded in another one."""

    encoding: str
    """`base64`, `hex`, `binary`, `escapes`, `rot13`, `reversed`, `tags` or `selectors`."""
    start: int
    """Where the encoded text begins in the text it was found in, in characters."""
    stop: int
    """Where it ends; exclusive."""
    text: str
    """What it says, itself normalised."""
    depth: int
    """1 if it stood in the text itself, 2 if it stood in a decoded one."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text without its disguises."""

    text: str
    seen: str
    """As a reader sees it: unseen characters are gone, look-alikes are what they look like, letters kept apart are
    together; leet stays. A text that is stored in another order than it is shown in is left as it came."""
    changes: tuple[Change, ...]
    """One for each kind that occurred, in order of appearance; empty if nothing was changed."""
    decoded: tuple[Decoded, ...]
    """In order of appearance, each before what stood in it."""
    deeper: bool
    """Whether something still lies encoded below the depth that is looked at: whoever scores has not seen all."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Kind of change → how many, and `decoded_<encoding>` → how many."""
        counts = {change.kind: change.count for change in self.changes}
        for part in self.decoded:
            counts[f"decoded_{part.encoding}"] = counts.get(f"decoded_{part.encoding}", 0) + 1
        return counts


@dataclass(slots=True)
class Edits:
    """A notebook that the steps write into."""

    _noted: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)

    def note(self, kind: str, at: int, before: str, after: str, count: int = 1) -> None:
        """Count a change; the first of a kind stays as its example."""
        if kind in self._noted:
            total, *first = self._noted[kind]
            self._noted[kind] = (total + count, *first)  # type: ignore[assignment]
        else:
            self._noted[kind] = (count, at, _shown(before), _shown(after))

    def has(self, kind: str) -> bool:
        """Whether a change of this kind was noted."""
        return kind in self._noted

    def changes(self) -> tuple[Change, ...]:
        """What was noted."""
        return tuple(Change(kind, *noted) for kind, noted in self._noted.items())


def _shown(text: str) -> str:
    """The beginning of a text, with escapes for what cannot be seen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:_SHOWN])[:_SHOWN]
