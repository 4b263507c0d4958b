"""Before and after on the same prompts: the difference, the relative gain, and whether chance explains it.

Rows that share a prompt are not independent, so each prompt counts once: its rows are averaged first, and
prompts, not rows, are resampled and sign-flipped.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import Abstained, ConfigurationError, Outcome, Value, to_json
from lawgiver.stats.bootstrap import Floats, Method, Seed, UndefinedStatisticError, bootstrap, bootstrap_mean
from lawgiver.stats.interval import Interval

EXACT_CLUSTERS = 16
"""Up to this many prompts all 2^C sign flips are enumerated."""

_BLOCK_ELEMENTS = 1 << 22


@dataclass(frozen=True, slots=True)
class PairedSample:
    """Scores before and after, averaged within each of C prompts."""

    before_C: Floats
    """Mean score of each prompt before."""
    after_C: Floats
    """Mean score of each prompt after, in the same order."""
    pairs: int
    """How many pairs of rows had both sides."""
    dropped: int
    """How many pairs were left out because a side was not scored."""

    @property
    def difference_C(self) -> Floats:
        """After minus before of each prompt."""
        return self.after_C - self.before_C


@dataclass(frozen=True, slots=True)
class SignFlipTest:
    """The result of a sign-flip test."""

    p_value: float
    """Two-sided, in (0, 1]."""
    exact: bool
    """Whether every sign flip was enumerated, rather than drawn."""
    flips: int
    """How many were enumerated or drawn."""


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Everything said of one metric, before against after."""

    difference: Interval
    """Mean over prompts of after minus before."""
    relative: Outcome[Interval]
    """The same divided by the size of the mean before; abstains where that is too near zero."""
    test: SignFlipTest
    """Whether chance explains the difference."""
    before: float
    """Mean over prompts before."""
    after: float
    """Mean over prompts after."""
    pairs: int
    """Pairs of rows with both sides scored."""
    dropped: int
    """Pairs left out because a side was not scored."""

    def to_json(self) -> dict[str, Any]:
        """Encode as a JSON object; `relative` is one of the three outcomes."""
        relative = self.relative
        return {
            "difference": self.difference.to_json(),
            "relative": to_json(Value(relative.value.to_json()) if isinstance(relative, Value) else relative),
            "p_value": self.test.p_value,
            "test": "sign_flip_exact" if self.test.exact else "sign_flip_monte_carlo",
            "flips": self.test.flips,
            "before": self.before,
            "after": self.after,
            "pairs": self.pairs,
            "dropped": self.dropped,
        }


def pair(before_N: ArrayLike, after_N: ArrayLike, prompt_ids_N: Sequence[Hashable]) -> PairedSample:
    """Pair N rows and average them within prompts.

    Args:
        before_N: `(N,)` scores; NaN where the row was not scored.
        after_N: `(N,)` scores of the same rows; NaN where the row was not scored.
        prompt_ids_N: which prompt each row belongs to.

    Raises:
        ConfigurationError: if lengths differ, a score is infinite, or no pair has both sides.
    """
    before = np.asarray(before_N, dtype=np.float64)
    after = np.asarray(after_N, dtype=np.float64)
    if before.ndim != 1 or before.shape != after.shape or len(prompt_ids_N) != before.size:
        raise ConfigurationError(
            f"pairs need equal lengths: before has {before.shape}, after {after.shape}, "
            f"prompt ids ({len(prompt_ids_N)},)"
        )
    if np.isinf(before).any() or np.isinf(after).any():
        raise ConfigurationError("scores hold infinity; mark a row that was not scored with NaN")
    kept = ~(np.isnan(before) | np.isnan(after))
    dropped = int(before.size - kept.sum())
    if not kept.any():
        raise ConfigurationError(f"none of {before.size} pairs has both sides scored; nothing to compare")
    cluster_of: dict[Hashable, int] = {}
    clusters = np.array(
        [cluster_of.setdefault(prompt_ids_N[row], len(cluster_of)) for row in np.flatnonzero(kept).tolist()]
    )
    size_C = np.bincount(clusters)
    return PairedSample(
        before_C=np.bincount(clusters, before[kept]) / size_C,
        after_C=np.bincount(clusters, after[kept]) / size_C,
        pairs=int(kept.sum()),
        dropped=dropped,
    )


def paired_difference(
    sample: PairedSample,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: Method = "bca",
) -> Interval:
    """Interval of the mean over prompts of after minus before; errors as `bootstrap`."""
    return bootstrap_mean(sample.difference_C, seed=seed, confidence=confidence, resamples=resamples, method=method)


def relative_gain(
    sample: PairedSample,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: Method = "bca",
) -> Outcome[Interval]:
    """Interval of (mean after − mean before) / |mean before|, e.g. 0.25 for a gain of 25%.

    Returns:
        The interval, or an abstention where the mean before is zero, or changes sign from one resample to the
        next: the ratio has no finite interval there.

    Raises:
        ConfigurationError: for arguments out of range.
    """
    sign = np.sign(sample.before_C.mean())

    def gain(values: Floats) -> Floats:
        before, after = values[0].mean(axis=-1), values[1].mean(axis=-1)
        # a base of another sign would turn a gain into a loss; NaN is what the bootstrap refuses
        base = np.where(before * sign > 0, np.abs(before), np.nan)
        return np.asarray((after - before) / base, dtype=np.float64)

    try:
        return Value(
            bootstrap(
                np.stack([sample.before_C, sample.after_C]),
                gain,
                seed=seed,
                confidence=confidence,
                resamples=resamples,
                method=method,
            )
        )
    except UndefinedStatisticError:
        return Abstained("the mean before is too near zero for a relative gain; use the difference")


def sign_flip_test(difference_C: ArrayLike, *, seed: Seed, flips: int = 10_000) -> SignFlipTest:
    """Two-sided test that differences are symmetric about zero, on their mean.

    Exact, over all 2^C flips, for up to `EXACT_CLUSTERS` prompts. Beyond that `flips` are drawn and p is
    (hits + 1) / (flips + 1), which is never 0 and never too small (Phipson and Smyth 2010, SAGMB 9).

    Args:
        difference_C: `(C,)` one difference a prompt; finite.
        seed: a whole number or a generator; not used when exact.
        flips: how many to draw when not exact.

    Raises:
        ConfigurationError: for no differences, NaN or infinity among them, or flips < 1.
    """
    values_C = np.sort(np.asarray(difference_C, dtype=np.float64).reshape(-1))
    clusters = values_C.size
    if clusters == 0 or not np.isfinite(values_C).all():
        raise ConfigurationError("a sign-flip test needs at least one difference, all of them finite")
    if flips < 1:
        raise ConfigurationError(f"flips={flips}: draw at least 1, usually 10000")
    # sums that differ only by rounding count as equally extreme
    bar = abs(float(values_C.sum())) - 1e-12 * float(np.abs(values_C).sum())
    if clusters <= EXACT_CLUSTERS:
        bits = (np.arange(1 << clusters)[:, None] >> np.arange(clusters)) & 1
        hits = int((np.abs((1 - 2 * bits) @ values_C) >= bar).sum())
        return SignFlipTest(hits / (1 << clusters), True, 1 << clusters)
    generator = np.random.default_rng(seed)
    step = max(1, _BLOCK_ELEMENTS // clusters)
    hits = 0
    for start in range(0, flips, step):
        bits = generator.integers(0, 2, size=(min(step, flips - start), clusters), dtype=np.int8)
        hits += int((np.abs((1.0 - 2.0 * bits) @ values_C) >= bar).sum())
    return SignFlipTest((hits + 1) / (flips + 1), False, flips)


def compare_paired(
    before_N: ArrayLike,
    after_N: ArrayLike,
    prompt_ids_N: Sequence[Hashable],
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 10_000,
    method: Method = "bca",
) -> PairedComparison:
    """Pair, estimate and test one metric; arguments and errors as `pair` and `bootstrap`."""
    sample = pair(before_N, after_N, prompt_ids_N)
    generator = np.random.default_rng(seed)
    return PairedComparison(
        difference=paired_difference(sample, seed=generator, confidence=confidence, resamples=resamples, method=method),
        relative=relative_gain(sample, seed=generator, confidence=confidence, resamples=resamples, method=method),
        test=sign_flip_test(sample.difference_C, seed=generator, flips=resamples),
        before=float(sample.before_C.mean()),
        after=float(sample.after_C.mean()),
        pairs=sample.pairs,
        dropped=sample.dropped,
    )
