"""A trained guard, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lawgiver.data.files import sha256_bytes
from lawgiver.evidence.views import read_views
from lawgiver.guard.classifier.heads import OUTPUTS, UNSAFE
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, readable, unreadable
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.classifier.calibration import Calibration, read_calibration
from lawgiver.models.classifier.card import classifier_sha256
from lawgiver.models.classifier.opening import open_reader
from lawgiver.models.classifier.reading import Prediction, Reader
from lawgiver.outcome import Abstained, ConfigurationError, Outcome, Value


@dataclass(frozen=True)
class Guard:
    """The guard as a `GuardScorer`."""

    name: str
    """What tables call it."""
    version: str
    """The first digits of the sha256 of its files, its calibration included."""
    classifier: Reader
    batch_tokens: int = 4096
    """Tokens that are read at once, padding included."""
    on_progress: Callable[[int], None] | None = None
    """Told how many more windows are done."""
    calibration: Calibration | None = None
    """If there is one, probabilities are moved so that what its language's threshold flags is above ½."""
    abstains: bool = False
    """Whether it declines to say of a text between the two thresholds of the calibration."""
    views: bool = True
    """Whether a text is also read without its disguises, and what is encoded in it decoded; see `evidence.views`."""

    @property
    def languages(self) -> tuple[str, ...]:
        """What it was trained on, ISO 639-1; empty if its card says nothing."""
        return self.classifier.card.languages

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """`unsafe` is what its own head says, which learned from every example; an attack may ask for nothing bad."""
        return [
            Value(_score(outcome.value)) if isinstance(outcome, Value) else outcome
            for outcome in self.predict(examples)
        ]

    def predict(self, examples: Sequence[Example]) -> list[Outcome[Prediction]]:
        """As `score`, with the characters of `Example.scored` that speak loudest for each output.

        Where a disguised text says more once the disguise is off, these are all its characters.
        """
        nothing = [unreadable(example.text if example.response is None else example.response) for example in examples]
        read = [readable(example.scored) for example, why in zip(examples, nothing, strict=True) if why is None]
        found = iter(self._read(read))
        outcomes = [next(found) if why is None else why for why in nothing]
        return [self._calibrated(outcome, e.language) for outcome, e in zip(outcomes, examples, strict=True)]

    def _read(self, texts: Sequence[str]) -> list[Outcome[Prediction]]:
        ask = partial(read_views, self.classifier) if self.views else self.classifier.predict
        return ask(texts, batch_tokens=self.batch_tokens, on_progress=self.on_progress)

    def _calibrated(self, outcome: Outcome[Prediction], language: str) -> Outcome[Prediction]:
        if self.calibration is None or not isinstance(outcome, Value):
            return outcome
        said = outcome.value.probabilities
        if self.abstains and self.calibration.outputs[UNSAFE].of(language).unsure(said[UNSAFE]):
            return Abstained("neither surely safe nor likely enough unsafe to be flagged")
        return Value(replace(outcome.value, probabilities=self.calibration.scores(said, language)))


def open_guard(
    path: str | Path,
    *,
    batch_tokens: int = 4096,
    calibrated: bool = True,
    abstains: bool = False,
    views: bool = True,
) -> Guard:
    """Open a guard by its folder, or by the run that trained it; an exported one needs no torch.

    Args:
        path: the folder.
        batch_tokens: tokens that are read at once.
        calibrated: whether to use the calibration in the folder, if there is one.
        abstains: whether to decline to say of texts between its two thresholds.
        views: whether to read texts without their disguises as well.

    Raises:
        ConfigurationError: if there is none, what is there has other outputs than a guard, its calibration is of
            another guard, it shall abstain and has no calibration, or a file of an exported one was changed.
    """
    where = Path(path).expanduser()
    classifier = open_reader(where)
    if classifier.card.outputs != OUTPUTS:
        raise ConfigurationError(f"{where}: its outputs are {', '.join(classifier.card.outputs)}, not those of a guard")
    version = classifier_sha256(where)
    calibration = read_calibration(where, version) if calibrated else None
    if calibration is not None:
        version = sha256_bytes(f"{version}:{calibration.sha256}:{abstains}".encode())
    elif abstains:
        raise ConfigurationError(f"{where}: has no calibration to abstain by; run lawgiver guard calibrate")
    if not views:
        version = sha256_bytes(f"{version}:as it came".encode())
    return Guard(
        where.name,
        version[:12],
        classifier,
        batch_tokens,
        calibration=calibration,
        abstains=abstains,
        views=views,
    )


def _score(prediction: Prediction) -> GuardScore:
    return GuardScore(prediction.probabilities[UNSAFE], {name: prediction.probabilities[name] for name in NAMES})
