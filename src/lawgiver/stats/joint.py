"""Several sums over the same bootstrap resamples, so that what is made of them together stays paired."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.bootstrap import Floats, Seed

_BLOCK_ELEMENTS = 1 << 22


def resampled_sums(values_CK: ArrayLike, *, seed: Seed, resamples: int = 2000) -> Floats:
    """Sums of K columns over R bootstrap samples of C rows, `(R, K)`.

    A mean over what was scored is one such sum over another: that of the values with 0 where there is none, over that
    of the indicators.

    Args:
        values_CK: `(C, K)`, one row a prompt; finite.
        seed: a whole number or a generator (which is advanced).
        resamples: R, how many samples of C rows are drawn with replacement.

    Raises:
        ConfigurationError: for no rows, NaN or infinity among them, or resamples < 1.
    """
    rows = np.asarray(values_CK, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[0] == 0:
        raise ConfigurationError(f"values have shape {rows.shape}: give (C, K) with at least one row")
    if not np.isfinite(rows).all():
        raise ConfigurationError(
            "values hold NaN or infinity: give 0 for what was not scored, and count it in a column"
        )
    if resamples < 1:
        raise ConfigurationError(f"resamples={resamples}: draw at least 1, usually 2000")
    rows = rows[np.lexsort(rows.T)] if rows.shape[1] else rows  # the order of the file must not matter
    generator = np.random.default_rng(seed)
    n = rows.shape[0]
    step = max(1, _BLOCK_ELEMENTS // n)
    even_C = np.full(n, 1 / n)
    return np.concatenate(
        [
            generator.multinomial(n, even_C, size=min(step, resamples - start)) @ rows
            for start in range(0, resamples, step)
        ]
    )
