"""Why a record is not used: a row at odds with itself or with another is set aside and counted, never fatal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a record was set aside."""

    EMPTY = "empty"
    IDENTICAL = "identical"
    SEVERAL_TURNS = "several_turns"
    NO_PREFERENCE = "no_preference"
    AGAINST_FLAGS = "against_flags"
    FLAGS = "flags"
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    BLIND = "blind"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]

    @property
    def conflict(self) -> bool:
        """Whether labels are at odds, as opposed to there being nothing to learn."""
        return self in (Reason.AGAINST_FLAGS, Reason.FLAGS, Reason.CONTRADICTION)


_WORDS = {
    Reason.EMPTY: "an answer is empty",
    Reason.IDENTICAL: "both answers are the same",
    Reason.SEVERAL_TURNS: "the dialogues part before the last answer",
    Reason.NO_PREFERENCE: "neither answer is preferred",
    Reason.AGAINST_FLAGS: "the safer answer is flagged unsafe, the other one safe",
    Reason.FLAGS: "an answer is flagged safe in one row, unsafe in another",
    Reason.CONTRADICTION: "the same answers are labelled the other way round in another row",
    Reason.DUPLICATE: "an exact copy of an earlier one",
    Reason.BLIND: "a text is on the list of those that training must not see",
}


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands in the place of a record that was set aside."""

    objective: str
    reason: Reason
