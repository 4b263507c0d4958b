"""Which candidates a guard gets wrong, and a veto: what a judge takes for the other label is looked at, not learned.

A guard that learns only from what it gets wrong learns every wrong label there is: the better it is, the more of
what it seems to get wrong is wrongly labelled. So a candidate is kept only if somebody else, too, says that it has
its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lawgiver.guard.lineage import Sample, Verdict
from lawgiver.guard.metrics.counts import THRESHOLD
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Outcome, Value, to_json

RATINGS = 5
JUDGE_THRESHOLD = 0.375
"""Between ratings 2 and 3 of 5: DuoGuard takes up to 2 as safe and from 3 as unsafe (arXiv 2502.05163)."""


@dataclass(frozen=True, slots=True)
class Vetted:
    """Candidates with a judge's verdict on each."""

    kept: tuple[Sample, ...]
    """Those whose label the judge confirms."""
    review: tuple[Sample, ...]
    """The others, for a person to decide: the judge says otherwise, or could not say. Their verdict says which."""


@dataclass(frozen=True, slots=True)
class Split:
    """Candidates by what a guard makes of them."""

    misclassified: tuple[Sample, ...]
    correct: tuple[Sample, ...]
    unscored: tuple[Sample, ...]
    """The guard abstained or failed: neither right nor wrong."""

    @property
    def learned(self) -> tuple[Sample, ...]:
        """What the next guard learns from: misclassified, and kept by a verdict."""
        return tuple(sample for sample in self.misclassified if sample.verdict is not None and sample.verdict.kept)


def rated(rating: int) -> float:
    """A rating of 1 (safe) to 5 (unsafe) as a number that a verdict holds: 0, ¼, ½, ¾, 1.

    Raises:
        ConfigurationError: for another rating. One that cannot be read is a failure, not a 5.
    """
    if not 1 <= rating <= RATINGS:
        raise ConfigurationError(f"rating {rating!r}: 1 to {RATINGS}")
    return (rating - 1) / (RATINGS - 1)


def vet(
    samples: Sequence[Sample], judged: Sequence[Outcome[float]], by: str, threshold: float = JUDGE_THRESHOLD
) -> Vetted:
    """Put a judge's verdict on candidates, and take out those it does not confirm.

    Args:
        samples: candidates; their own verdicts are replaced.
        judged: the judge's P(unsafe) for each.
        by: who judged, with a version.
        threshold: a text is unsafe above it.

    Raises:
        ConfigurationError: for another number of outcomes than candidates, or a probability outside [0, 1].
    """
    _same_length(samples, judged)
    kept: list[Sample] = []
    review: list[Sample] = []
    for sample, outcome in zip(samples, judged, strict=True):
        confirmed, reason = False, ""
        match outcome:
            case Value(p):
                confirmed = _unsafe(p, threshold) == sample.example.unsafe
                reason = "" if confirmed else f"meant to be {_word(sample.example.unsafe)}, judged otherwise"
            case Abstained() | Failed():
                reason = "the judge could not say"
        verdict = Verdict(by=by, outcome=to_json(outcome), kept=confirmed, reason=reason)
        (kept if confirmed else review).append(sample.model_copy(update={"verdict": verdict}))
    return Vetted(tuple(kept), tuple(review))


def split(samples: Sequence[Sample], guarded: Sequence[Outcome[float]], threshold: float = THRESHOLD) -> Split:
    """Divide candidates by whether a guard gives them the label they were made for.

    Args:
        samples: candidates, with their verdicts if there are any.
        guarded: the guard's P(unsafe) for each.
        threshold: a text is flagged above it, not at it.

    Raises:
        ConfigurationError: for another number of outcomes than candidates, or a probability outside [0, 1].
    """
    _same_length(samples, guarded)
    wrong: list[Sample] = []
    right: list[Sample] = []
    unscored: list[Sample] = []
    for sample, outcome in zip(samples, guarded, strict=True):
        if not isinstance(outcome, Value):
            unscored.append(sample)
        else:
            (right if _unsafe(outcome.value, threshold) == sample.example.unsafe else wrong).append(sample)
    return Split(tuple(wrong), tuple(right), tuple(unscored))


def _unsafe(p: float, threshold: float) -> bool:
    if not 0 <= p <= 1:
        raise ConfigurationError(f"{p!r} is no probability; outcomes are P(unsafe), 0 to 1")
    return p > threshold


def _word(unsafe: bool) -> str:
    return "unsafe" if unsafe else "safe"


def _same_length(samples: Sequence[Sample], outcomes: Sequence[Outcome[float]]) -> None:
    if len(samples) != len(outcomes):
        raise ConfigurationError(f"{len(outcomes)} outcomes for {len(samples)} candidates; give one for each")
