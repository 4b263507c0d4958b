"""Whether the longer answer wins: what a model can learn of a preference without reading it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.data.preference.record import Labelled, Pair, Record, spoken
from lawgiver.stats import Interval, bootstrap_mean, wilson

R = TypeVar("R", bound=Record)
Count: TypeAlias = Callable[[str], int]
"""Measures a text, in words or tokens."""


@dataclass(frozen=True, slots=True)
class LengthBias:
    """How far length and preference go together. Without a bias: .5, 0 and .5."""

    longer: Interval | None
    """Share of pairs whose chosen answer is the longer one, ties aside; None for labelled answers, or only ties."""
    ties: int
    """Pairs of equal length."""
    log_ratio: Interval | None
    """Mean of log(length of chosen / length of rejected); None for labelled answers."""
    auc: float | None
    """Chance that a preferred answer is longer than one that is not, ties counting half, over all prompts: what a
    scorer by length alone would reach. None where there is only one kind.
    """

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "longer": self.longer and self.longer.to_json(),
            "ties": self.ties,
            "log_ratio": self.log_ratio and self.log_ratio.to_json(),
            "auc": self.auc,
        }


def words(text: str) -> int:
    """Words between white space."""
    return len(text.split())


def pair_bias(pairs: Sequence[Pair], count: Count = words, *, confidence: float = 0.95) -> LengthBias:
    """Length bias of N pairs, N ≥ 1. The intervals take pairs as independent, also those that share a prompt."""
    chosen_N = np.array([count(pair.chosen) for pair in pairs], dtype=np.float64)
    rejected_N = np.array([count(pair.rejected) for pair in pairs], dtype=np.float64)
    longer, shorter = int((chosen_N > rejected_N).sum()), int((chosen_N < rejected_N).sum())
    # an answer that has no words, though it has characters, counts as one
    ratio_N = np.log(np.maximum(chosen_N, 1)) - np.log(np.maximum(rejected_N, 1))
    return LengthBias(
        longer=wilson(longer, longer + shorter, confidence) if longer + shorter else None,
        ties=len(pairs) - longer - shorter,
        log_ratio=bootstrap_mean(ratio_N, seed=0, confidence=confidence, resamples=1_000, method="percentile"),
        auc=area_under_curve(chosen_N, rejected_N),
    )


def label_bias(labelled: Sequence[Labelled], count: Count = words) -> LengthBias:
    """Length bias of labelled answers: only `auc` applies to them."""
    wanted = [count(record.completion) for record in labelled if record.desirable]
    unwanted = [count(record.completion) for record in labelled if not record.desirable]
    return LengthBias(None, 0, None, area_under_curve(wanted, unwanted))


def area_under_curve(above_N: ArrayLike, below_M: ArrayLike) -> float | None:
    """P(a > b) + P(a = b)/2 for a of the first, b of the second (Mann-Whitney U / NM); None if one is empty."""
    from scipy.stats import rankdata  # slow to import, and few callers need it

    above, below = np.asarray(above_N, dtype=np.float64), np.asarray(below_M, dtype=np.float64)
    if not len(above) or not len(below):
        return None
    ranks = rankdata(np.concatenate([above, below]))
    u = ranks[: len(above)].sum() - len(above) * (len(above) + 1) / 2
    return float(u / (len(above) * len(below)))


def size_of(record: Record, count: Count = words) -> int:
    """The length of its prompt and its longest answer together, system message aside."""
    return count(spoken(record.prompt)) + max(count(answer) for answer in record.answers)


def within(records: Sequence[R], cap: int, count: Count = words) -> tuple[list[R], int]:
    """The records no longer than `cap`, and how many were longer.

    A trainer cuts what is too long, so that a pair may come to differ in where it was cut alone.
    """
    kept = [record for record in records if size_of(record, count) <= cap]
    return kept, len(records) - len(kept)
