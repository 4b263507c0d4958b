"""A trained guard as a scorer: what it says of its outputs, calibrated if it is. The model is loaded at the first text.

What the guard is lies in `models.classifier`, so this needs nothing of the package that trains and measures guards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lawgiver.data import Exchange
from lawgiver.data.files import sha256_bytes
from lawgiver.evidence.base import FieldScore, failed
from lawgiver.evidence.views import read_views
from lawgiver.models.classifier.calibration import Calibration, read_calibration
from lawgiver.models.classifier.card import ClassifierCard, classifier_sha256, read_card
from lawgiver.outcome import ConfigurationError, Outcome, Value

if TYPE_CHECKING:
    from lawgiver.models.classifier.reading import Prediction, Reader

NAME = "guard"


@dataclass(frozen=True)
class GuardEvidence:
    """Yields, for each field, the probability of one output; a `Scorer`."""

    outputs: Mapping[str, str]
    """Evidence field → the guard's output, e.g. `unsafe` or a category."""
    folder: Path
    """Of the guard, or of the run that trained it."""

    @property
    def name(self) -> str:
        """`guard`."""
        return NAME

    @cached_property
    def version(self) -> str:
        """The first digits of the sha256 of the guard's files, its calibration included."""
        own = classifier_sha256(self.folder)
        return (
            own[:12] if self._calibration is None else sha256_bytes(f"{own}:{self._calibration.sha256}".encode())[:12]
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """In the order in which the charter declares them."""
        return tuple(self.outputs)

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """Read N exchanges: the last message of the user, and the answer to it where there is one.

        Texts are read without disguises as well. With a calibration, what is above its threshold for all languages
        together is above ½.
        """
        try:
            found = read_views(self._guard, [text_of(exchange, self._guard.card) for exchange in exchanges])
        except Exception as error:  # the model could not be loaded, or is out of memory: nobody has a score
            return [failed(self, error) for _ in exchanges]
        return [self._fields(outcome) for outcome in found]

    def _fields(self, outcome: Outcome[Prediction]) -> dict[str, FieldScore]:
        read: dict[str, FieldScore] = {}
        said = outcome.value.probabilities if isinstance(outcome, Value) else {}
        if self._calibration is not None:
            said = self._calibration.scores(said, "")
        for field, output in self.outputs.items():
            where = None
            if isinstance(outcome, Value):
                of_field: Outcome[float] = Value(said[output])
                where = "characters {}-{}".format(*outcome.value.spans[output])
            else:
                of_field = outcome
            read[field] = FieldScore(of_field, NAME, self.version, explanation=where)
        return read

    @cached_property
    def _calibration(self) -> Calibration | None:
        return read_calibration(self.folder)

    @cached_property
    def _guard(self) -> Reader:
        from lawgiver.models.classifier.microbatch import MicroBatched
        from lawgiver.models.classifier.opening import open_reader  # brings numpy, and torch unless it was exported

        return MicroBatched(open_reader(self.folder))  # several rollouts may be judged at once


def text_of(exchange: Exchange, card: ClassifierCard) -> str:
    """An exchange as the guard learned to read it: a message as it is, a conversation with the marks of its roles."""
    if not exchange.response.strip():
        return exchange.prompt
    return f"{card.user}{exchange.prompt}\n{card.assistant}{exchange.response}"


def guard_scorer(outputs: Mapping[str, str], folder: Path) -> GuardEvidence:
    """A scorer of one or more fields.

    Raises:
        ConfigurationError: if the folder holds no guard, or one without such an output.
    """
    card = read_card(folder)
    for field, output in outputs.items():
        if output not in card.outputs:
            raise ConfigurationError(
                f"evidence.{field}.output: {output!r} is no output of {folder}; there are {', '.join(card.outputs)}"
            )
    return GuardEvidence(dict(outputs), folder)
