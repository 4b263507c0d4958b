"""Every metric of a set of scores with its 95 % interval, as results and pages hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.guard.metrics.calibration import bin_starts, brier, ece
from lawgiver.guard.metrics.counts import THRESHOLD, f1, flags
from lawgiver.guard.metrics.ranking import auroc, average_precision, recall_at_fpr
from lawgiver.guard.metrics.tally import Floats, Tally, cells, coded, decoded, tally
from lawgiver.stats import UndefinedStatisticError, bootstrap, wilson
from lawgiver.stats.bootstrap import Method, Statistic

Bools: TypeAlias = NDArray[np.bool_]
Document: TypeAlias = dict[str, Any]
SEED = 20_250_206  # one fixed seed: the same scores give the same intervals
RESAMPLES = 1000
RANKING: dict[str, Callable[[Tally], Floats]] = {
    "auprc": average_precision,
    "auroc": auroc,
    "recall_at_fpr_1": lambda counts: recall_at_fpr(counts, 0.01),
    "recall_at_fpr_5": lambda counts: recall_at_fpr(counts, 0.05),
    "brier": brier,
}


def measure(
    score_N: ArrayLike, unsafe_N: ArrayLike, *, threshold: float = THRESHOLD, resamples: int = RESAMPLES
) -> dict[str, Document | None]:
    """All metrics of N scored texts.

    Rates have Wilson intervals, everything else is bootstrapped over texts: F1 by BCa, the rest by percentiles, for
    which leaving out every text in turn would cost more than all resamples.

    Args:
        score_N: probabilities in [0, 1].
        unsafe_N: labels.
        threshold: above which a text is flagged.
        resamples: how many samples are drawn.

    Returns:
        Metric → interval as JSON; None where it is not defined: of no texts, without safe or without unsafe ones.
    """
    flagged_N, label_N = flags(score_N, threshold), np.asarray(unsafe_N).astype(bool)
    found = rates(flagged_N, label_N, resamples=resamples)
    if not len(label_N):
        return found | dict.fromkeys((*RANKING, "ece"))
    score_G, code_N = coded(score_N, unsafe_N)
    for name, metric in RANKING.items():
        found[name] = _interval(code_N, _of_tally(metric, score_G), resamples, "percentile")
    starts = bin_starts(tally(score_N, unsafe_N))
    error = _interval(code_N, _of_tally(lambda counts: ece(counts, starts), score_G), resamples, "percentile")
    if error is not None and error["low"] is not None:
        # resampling adds noise to what is itself an absolute value, so the interval leans upwards
        error["low"] = min(error["low"], error["estimate"])
    return found | {"ece": error}


def rates(flagged_N: ArrayLike, unsafe_N: ArrayLike, *, resamples: int = RESAMPLES) -> dict[str, Document | None]:
    """F1, precision, recall and FPR of N flags, each None where it is 0/0."""
    flagged, unsafe = np.asarray(flagged_N).astype(bool), np.asarray(unsafe_N).astype(bool)
    hits, false = int((flagged & unsafe).sum()), int((flagged & ~unsafe).sum())
    return {
        "f1": mean_f1([(flagged, unsafe)], resamples=resamples) if unsafe.any() else None,
        "precision": share(hits, hits + false),
        "recall": share(hits, int(unsafe.sum())),
        "fpr": share(false, int((~unsafe).sum())),
    }


def mean_f1(sets: list[tuple[Bools, Bools]], *, resamples: int = RESAMPLES) -> Document | None:
    """The unweighted mean of the F1 of S ≥ 1 sets with its interval, the sets drawn as one sample.

    Args:
        sets: for each, which of its texts are flagged and which unsafe.
        resamples: how many samples are drawn.
    """
    code_N = np.concatenate([4 * i + 2 * flagged + unsafe for i, (flagged, unsafe) in enumerate(sets)])

    def statistic(code_BN: Floats) -> Floats:
        counts_BSC = cells(code_BN, 4 * len(sets)).reshape(*code_BN.shape[:-1], len(sets), 4)
        return np.asarray(f1(counts_BSC[..., 3], counts_BSC[..., 2], counts_BSC[..., 1]).mean(axis=-1))

    return _interval(code_N.astype(np.float64), statistic, resamples, "bca")


def share(part: int, whole: int) -> Document | None:
    """A share with its Wilson interval as JSON, None of nothing."""
    return wilson(part, whole).to_json() if whole else None


def _of_tally(metric: Callable[[Tally], Floats], score_G: Floats) -> Statistic:
    return lambda code_BN: metric(decoded(score_G, code_BN))


def _interval(code_N: Floats, statistic: Statistic, resamples: int, method: Method) -> Document | None:
    """As JSON; None where the sample has no such number, ends of None where only a resample has none."""
    estimate = float(statistic(code_N[None])[0]) if len(code_N) else np.nan
    if not np.isfinite(estimate):
        return None
    try:
        return bootstrap(code_N, statistic, seed=SEED, resamples=resamples, method=method).to_json()
    except UndefinedStatisticError:
        ends = {"low": None, "high": None, "n": len(code_N), "confidence": 0.95, "method": "none"}
        return {"estimate": estimate, **ends, "note": "too few texts of one label for an interval"}
