"""A trained guard, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lawgiver.guard.classifier.heads import OUTPUTS, UNSAFE
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, readable, unreadable
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.classifier.card import classifier_sha256
from lawgiver.models.classifier.predict import Classifier, Prediction, open_classifier
from lawgiver.outcome import ConfigurationError, Outcome, Value


@dataclass(frozen=True)
class Guard:
    """The guard as a `GuardScorer`."""

    name: str
    """What tables call it."""
    version: str
    """The first digits of the sha256 of its files."""
    classifier: Classifier
    batch_tokens: int = 4096
    """Tokens that are read at once, padding included."""
    on_progress: Callable[[int], None] | None = None
    """Told how many more windows are done."""

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """`unsafe` is what its own head says, which learned from every example; an attack may ask for nothing bad."""
        return [
            Value(_score(outcome.value)) if isinstance(outcome, Value) else outcome
            for outcome in self.predict(examples)
        ]

    def predict(self, examples: Sequence[Example]) -> list[Outcome[Prediction]]:
        """As `score`, with the characters of `Example.scored` that speak loudest for each output."""
        nothing = [unreadable(example.text if example.response is None else example.response) for example in examples]
        read = [readable(example.scored) for example, why in zip(examples, nothing, strict=True) if why is None]
        found = iter(self.classifier.predict(read, batch_tokens=self.batch_tokens, on_progress=self.on_progress))
        return [next(found) if why is None else why for why in nothing]


def open_guard(path: str | Path, *, batch_tokens: int = 4096) -> Guard:
    """Open a guard by its folder, or by the run that trained it.

    Raises:
        ConfigurationError: if there is none, or what is there has other outputs than a guard.
    """
    where = Path(path).expanduser()
    classifier = open_classifier(where)
    if classifier.card.outputs != OUTPUTS:
        raise ConfigurationError(f"{where}: its outputs are {', '.join(classifier.card.outputs)}, not those of a guard")
    return Guard(where.name, classifier_sha256(where)[:12], classifier, batch_tokens)


def _score(prediction: Prediction) -> GuardScore:
    return GuardScore(prediction.probabilities[UNSAFE], {name: prediction.probabilities[name] for name in NAMES})
