"""What exporting changed: the same labelled rows before and after, at the stored thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lawgiver.guard.evaluate.run import CHUNK, ask
from lawgiver.guard.example import Example
from lawgiver.guard.metrics import share
from lawgiver.guard.scorer import GuardScore, GuardScorer
from lawgiver.outcome import Outcome, Value
from lawgiver.stats.paired import pair, paired_difference

Bools: TypeAlias = NDArray[np.bool_]
FLAG_ABOVE = 0.5
"""A calibrated guard moves its scores so that each language's threshold is here."""
SEED, RESAMPLES = 0, 2000


def scores_of(
    scorer: GuardScorer, examples: Sequence[Example], on_progress: Callable[[int], None] = lambda _: None
) -> list[Outcome[GuardScore]]:
    """Ask a guard of N rows; told is how many more are done."""
    outcomes: list[Outcome[GuardScore]] = []
    for start in range(0, len(examples), CHUNK):
        chunk = examples[start : start + CHUNK]
        outcomes += ask(scorer, chunk)
        on_progress(len(chunk))
    return outcomes


def compared(
    examples: Sequence[Example], before: Sequence[Outcome[GuardScore]], after: Sequence[Outcome[GuardScore]]
) -> dict[str, Any]:
    """False-positive rate and recall of both, with Wilson intervals, in all languages and each; paired differences.

    Args:
        examples: N rows with labels.
        before: what the original says of them.
        after: what the export says.
    """
    read = [
        (e, b.value.unsafe, a.value.unsafe)
        for e, b, a in zip(examples, before, after, strict=True)
        if isinstance(b, Value) and isinstance(a, Value)
    ]
    kept = [e for e, _, _ in read]
    unsafe_N = np.array([e.unsafe for e in kept], dtype=bool)
    score_N2 = np.array([[b, a] for _, b, a in read], dtype=np.float64).reshape(-1, 2)
    flagged_N2 = score_N2 > FLAG_ABOVE
    rows = []
    for language in (None, *sorted({e.language for e in kept})):
        here_N = np.array([language in (None, e.language) for e in kept], dtype=bool)
        rows.append(
            {
                "language": language,
                "n": int(here_N.sum()),
                "before": _rates(flagged_N2[:, 0], unsafe_N, here_N),
                "after": _rates(flagged_N2[:, 1], unsafe_N, here_N),
            }
        )
    groups = [e.group or e.id for e in kept]
    return {
        "n": len(kept),
        "not_scored": len(examples) - len(kept),
        "rows": rows,
        "fpr_change": _change(flagged_N2, ~unsafe_N, groups),
        "recall_change": _change(flagged_N2, unsafe_N, groups),
        "decisions_changed": share(int((flagged_N2[:, 0] != flagged_N2[:, 1]).sum()), len(kept)),
        "largest_score_change": float(np.abs(score_N2[:, 1] - score_N2[:, 0]).max(initial=0.0)),
    }


def _rates(flagged_N: Bools, unsafe_N: Bools, here_N: Bools) -> dict[str, Any]:
    safe, unsafe = here_N & ~unsafe_N, here_N & unsafe_N
    return {
        "fpr": share(int((flagged_N & safe).sum()), int(safe.sum())),
        "recall": share(int((flagged_N & unsafe).sum()), int(unsafe.sum())),
    }


def _change(flagged_N2: Bools, these_N: Bools, groups: Sequence[str]) -> dict[str, Any] | None:
    """The rate after less the rate before, rows of a group as one; None where there are no such rows."""
    at = np.flatnonzero(these_N).tolist()
    if not at:
        return None
    sample = pair(flagged_N2[at, 0].astype(float), flagged_N2[at, 1].astype(float), [groups[i] for i in at])
    return paired_difference(sample, seed=SEED, resamples=RESAMPLES, method="percentile").to_json()
