"""Whether a probability means what it says: ECE over bins of equal mass, the Brier score, the bins themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lawgiver.guard.metrics.tally import Floats, Tally, ratio

Indices: TypeAlias = NDArray[np.intp]
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Neighbouring scores."""

    mean_score: float
    """What the guard said on average, in [0, 1]."""
    unsafe: float
    """Share that is unsafe, in [0, 1]."""
    n: int
    """How many texts."""


def brier(counts: Tally) -> Floats:
    """Mean squared error of the probabilities, in [0, 1], `(...)` (Brier 1950, Mon. Weather Rev. 78)."""
    squares = counts.safe_BG * counts.score_G**2 + counts.unsafe_BG * (1 - counts.score_G) ** 2
    return ratio(squares.sum(axis=-1), counts.n_B)


def ece(counts: Tally, starts: Indices) -> Floats:
    """Expected calibration error in [0, 1], `(...)`: |what was said − what is| by bin, weighted by its texts.

    Args:
        counts: of one sample, or of its resamples.
        starts: the bins of the sample itself, which its resamples keep: see `bin_starts`.
    """
    said = (counts.safe_BG + counts.unsafe_BG) * counts.score_G
    gaps = np.add.reduceat(said - counts.unsafe_BG, starts, axis=-1)
    return ratio(np.abs(gaps).sum(axis=-1), counts.n_B)


def reliability(counts: Tally, bins: int = BINS) -> list[Bin]:
    """The bins behind `ece` of one sample, from the lowest scores to the highest."""
    starts = bin_starts(counts, bins)
    n = np.add.reduceat(counts.safe_BG + counts.unsafe_BG, starts)
    said = np.add.reduceat((counts.safe_BG + counts.unsafe_BG) * counts.score_G, starts) / n
    held = np.add.reduceat(counts.unsafe_BG, starts) / n
    return [Bin(float(p), float(y), int(size)) for p, y, size in zip(said, held, n, strict=True)]


def bin_starts(counts: Tally, bins: int = BINS) -> Indices:
    """Where each of at most `bins` bins of about equal numbers of texts begins among the distinct scores.

    Equal mass, since guards' scores pile up at 0 and 1 and leave bins of equal width empty. Ties stay in one bin, so
    there may be fewer.
    """
    before = (counts.safe_BG + counts.unsafe_BG).cumsum() - (counts.safe_BG + counts.unsafe_BG)
    middle = before + (counts.safe_BG + counts.unsafe_BG) / 2
    bin_G = np.minimum((middle * bins / counts.n_B).astype(np.intp), bins - 1)
    return np.unique(bin_G, return_index=True)[1]
