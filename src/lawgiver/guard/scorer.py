"""What every guard is to its evaluator: texts in; out comes a probability, or the reason why there is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import Abstained, Outcome

_NOTHING = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Unicode's general categories of what nobody can read: controls, formats, unassigned, private, surrogates, blanks."""


@dataclass(frozen=True, slots=True)
class GuardScore:
    """What a guard says of one text."""

    unsafe: float
    """Probability in [0, 1] that the text is unsafe."""
    categories: Mapping[str, float] = field(default_factory=dict)
    """Category → probability in [0, 1]; empty if the guard names none."""

    def __post_init__(self) -> None:
        if unknown := set(self.categories) - set(NAMES):
            raise ValueError(f"{', '.join(sorted(unknown))}: no categories of the guard")
        for name, p in (("unsafe", self.unsafe), *self.categories.items()):
            if not 0.0 <= p <= 1.0:  # written so that NaN is refused as well
                raise ValueError(f"{name} is {p}, which is no probability")

    @classmethod
    def highest(cls, categories: Mapping[str, float]) -> GuardScore:
        """As unsafe as the likeliest category: the rule of DuoGuard (arXiv 2502.05163, sect. 4)."""
        return cls(max(categories.values()), categories)


class GuardScorer(Protocol):
    """A guard that can be measured."""

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def version(self) -> str:
        """What changes when its answers may: a hash of weights, a dated model, a number."""

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """One outcome for each text, in the order given; never a low probability for a text it could not read."""


def readable(text: str) -> str:
    """The text in valid Unicode: a lone surrogate, which no tokenizer and no encoding takes, becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def silent(example: Example) -> Abstained | None:
    """An abstention if what the label speaks of, a message or the answer to it, holds nothing to read."""
    return unreadable(example.text if example.response is None else example.response)


def unreadable(text: str) -> Abstained | None:
    """An abstention if nothing in the text can be read: it is empty, or blanks and control characters only."""
    if all(unicodedata.category(character) in _NOTHING for character in text):
        return Abstained("nothing to read in the text" if text else "the text is empty")
    return None
