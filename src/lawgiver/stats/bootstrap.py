"""Bootstrap intervals, percentile and BCa, of a mean or of any statistic that works on an axis.

BCa (Efron 1987, JASA 82) corrects the percentile interval for the statistic's bias and skewness, which
matters for scores piled up against 0 or 1. Rows are sorted before they are drawn, so a result depends on the
seed and on the values, never on the order of the file they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.interval import Interval, check_confidence

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Seed: TypeAlias = int | np.random.Generator
Method: TypeAlias = Literal["bca", "percentile"]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""Takes `(..., N)` (or `(D, ..., N)` for D columns) and reduces the last axis (and the first): `(...)`."""

_BLOCK_ELEMENTS = 1 << 22  # 32 MiB of indices at a time, however many rows there are


class UndefinedStatisticError(ConfigurationError):
    """The statistic is not a finite number on the sample or on a resample, so no interval exists."""


def bootstrap_mean(
    values_N: ArrayLike,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: Method = "bca",
) -> Interval:
    """Bootstrap interval of a mean; see `bootstrap`, whose errors it raises."""
    return bootstrap(
        np.asarray(values_N, dtype=np.float64).reshape(-1),
        lambda values: values.mean(axis=-1),
        seed=seed,
        confidence=confidence,
        resamples=resamples,
        method=method,
    )


def bootstrap(
    values_DN: ArrayLike,
    statistic: Statistic,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: Method = "bca",
) -> Interval:
    """Bootstrap interval of a statistic of N independent rows.

    Args:
        values_DN: `(N,)`, or `(D, N)` for rows of D columns that are drawn together. Finite.
        statistic: reduces the last axis, e.g. `lambda v: np.median(v, axis=-1)`; with columns it also reduces
            the first, e.g. `lambda v: v[0].mean(-1) / v[1].mean(-1)`.
        seed: a whole number or a generator (which is advanced).
        confidence: nominal coverage, strictly between 0 and 1.
        resamples: how many samples of N rows are drawn with replacement.
        method: `bca`, or `percentile`; where BCa's correction is infinite, percentile is used and named.

    Returns:
        The interval. One row, or rows that are all alike, give an interval of no width and a note, since a
        bootstrap cannot see a spread that the sample does not show.

    Raises:
        ConfigurationError: for no rows, NaN or infinity among them, or arguments out of range.
        UndefinedStatisticError: if the statistic is not finite on the sample, or on one drawn from it.
    """
    rows = _check(np.asarray(values_DN, dtype=np.float64), confidence, resamples, method)
    n = rows.shape[-1]
    estimate = _evaluate(statistic, rows[..., None, :])[0]
    if np.all(rows == rows[..., :1]):
        alike = "one row only" if n == 1 else f"all {n} rows are equal"
        note = f"{alike}: the sample shows no spread, so the width of 0 says nothing about the next row"
        return Interval(float(estimate), float(estimate), float(estimate), n, confidence, method, note)
    generator = np.random.default_rng(seed)
    drawn_R = _over(statistic, rows, _draws(generator, n, resamples))
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    note = ""
    if method == "bca":
        corrected = _bca_tails(float(estimate), drawn_R, _over(statistic, rows, _leave_one_out(n)), tails)
        if corrected is None:
            note = "percentile: the estimate lies outside its own resamples, where BCa is not defined"
        else:
            tails = corrected
    low, high = np.quantile(drawn_R, tails)
    return Interval(float(estimate), float(low), float(high), n, confidence, "percentile" if note else method, note)


def _check(rows: Floats, confidence: float, resamples: int, method: str) -> Floats:
    check_confidence(confidence)
    if method not in get_args(Method):
        raise ConfigurationError(f"method={method!r}: choose one of {', '.join(get_args(Method))}")
    if resamples < 1:
        raise ConfigurationError(f"resamples={resamples}: draw at least 1, usually 10000")
    if rows.ndim not in (1, 2):
        raise ConfigurationError(f"values have shape {rows.shape}: give (N,) or (D, N)")
    if rows.shape[-1] == 0:
        raise ConfigurationError("no rows to bootstrap: score at least one")
    if not np.isfinite(rows).all():
        raise ConfigurationError("values hold NaN or infinity: drop what was not scored first, and count it")
    return np.sort(rows) if rows.ndim == 1 else rows[:, np.lexsort(rows[::-1])]


def _evaluate(statistic: Statistic, rows: Floats) -> Floats:
    result = np.asarray(statistic(rows), dtype=np.float64)
    if result.shape != rows.shape[-2:-1]:
        raise ConfigurationError(
            f"the statistic gave shape {result.shape} for values of shape {rows.shape}; "
            f"it must give {rows.shape[-2:-1]}"
        )
    if not np.isfinite(result).all():
        raise UndefinedStatisticError("the statistic is not finite on the sample or on one drawn from it")
    return result


def _over(statistic: Statistic, rows: Floats, blocks: Iterator[Indices]) -> Floats:
    """The statistic of every sample that `blocks` of indices `(R, N)` select: `(R,)`."""
    return np.concatenate([_evaluate(statistic, rows[..., indices_RN]) for indices_RN in blocks])


def _draws(generator: np.random.Generator, n: int, resamples: int) -> Iterator[Indices]:
    step = max(1, _BLOCK_ELEMENTS // n)
    for start in range(0, resamples, step):
        yield generator.integers(0, n, size=(min(step, resamples - start), n))


def _leave_one_out(n: int) -> Iterator[Indices]:
    others = np.arange(n - 1)
    step = max(1, _BLOCK_ELEMENTS // n)
    for start in range(0, n, step):
        left_out = np.arange(start, min(start + step, n))[:, None]
        yield others + (others >= left_out)


def _bca_tails(estimate: float, drawn_R: Floats, left_out_N: Floats, tails: Floats) -> Floats | None:
    """Move the two tail probabilities by bias and acceleration; None where the bias is infinite."""
    # two sums of the same numbers in another order differ in the last bits and are still a tie
    tie = 1e-12 * max(abs(estimate), float(np.abs(drawn_R).max()))
    below = np.mean(drawn_R < estimate - tie) + np.mean(np.abs(drawn_R - estimate) <= tie) / 2
    bias = float(ndtri(below))
    if not np.isfinite(bias):
        return None
    influence_N = left_out_N.mean() - left_out_N
    largest = float(np.abs(influence_N).max())
    acceleration = 0.0
    if largest > 0:
        scaled_N = influence_N / largest  # of the tiniest numbers the powers would be 0
        acceleration = float((scaled_N**3).sum()) / (6 * float((scaled_N**2).sum()) ** 1.5)
    shifted = bias + ndtri(tails)
    return np.asarray(ndtr(bias + shifted / (1 - acceleration * shifted)), dtype=np.float64)
