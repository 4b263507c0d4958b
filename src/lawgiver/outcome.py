"""Three outcomes, never two: a score is a value, abstained, or failed. And the root of all errors.

A failure that becomes a zero is trained on, averaged and certified as if it had been measured. So every score
carries which of the three it is until somebody counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """A score that was measured."""

    value: T


@dataclass(frozen=True, slots=True)
class Abstained:
    """The scorer looked and declined: the question does not apply, or it is not sure enough to say."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The scorer could not look: a crash, a time-out, an answer outside its schema."""

    error: str


Outcome: TypeAlias = Value[T] | Abstained | Failed


def to_json(outcome: Outcome[Any]) -> dict[str, Any]:
    """Encode an outcome as `{"value": …}`, `{"abstained": reason}` or `{"failed": error}`."""
    match outcome:
        case Value(value):
            return {"value": value}
        case Abstained(reason):
            return {"abstained": reason}
        case Failed(error):
            return {"failed": error}


def from_json(document: Mapping[str, Any]) -> Outcome[Any]:
    """Decode what `to_json` wrote.

    Raises:
        ConfigurationError: if the document has none, or more than one, of the three keys.
    """
    match [key for key in ("value", "abstained", "failed") if key in document]:
        case ["value"]:
            return Value(document["value"])
        case ["abstained"]:
            return Abstained(str(document["abstained"]))
        case ["failed"]:
            return Failed(str(document["failed"]))
    raise ConfigurationError(f"an outcome has one of value, abstained, failed; this has {sorted(document)}")


class LawgiverError(Exception):
    """Root of every error that lawgiver raises on purpose."""


class ConfigurationError(LawgiverError, ValueError):
    """The user's input is wrong; the message says what, where (file:key) and what to do. Exit status 2."""


class PolicyError(ConfigurationError):
    """A policy does not load, does not lint, or answers with the wrong type."""


class DownloadError(LawgiverError, OSError):
    """A model could not be fetched, or what came is not what was pinned."""


class TooManyFailuresError(LawgiverError, RuntimeError):
    """More scores failed than the stated threshold allows; the run stopped with its results kept."""
