"""Scores counted by distinct value and label: all that any metric of a guard needs, and cheap to draw anew.

A bootstrap that sorted every resample would take minutes for each set; here scores are sorted once, and a resample is
other counts of the same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each score was given to safe and to unsafe texts."""

    score_G: Floats
    """The G distinct scores, ascending."""
    safe_BG: Floats
    """Safe texts of each, `(..., G)`."""
    unsafe_BG: Floats
    """Unsafe texts of each, `(..., G)`."""

    @property
    def safe_B(self) -> Floats:
        """How many are safe, `(...)`."""
        return np.asarray(self.safe_BG.sum(axis=-1))

    @property
    def unsafe_B(self) -> Floats:
        """How many are unsafe, `(...)`."""
        return np.asarray(self.unsafe_BG.sum(axis=-1))

    @property
    def n_B(self) -> Floats:
        """How many there are, `(...)`."""
        return self.safe_B + self.unsafe_B


def tally(score_N: ArrayLike, unsafe_N: ArrayLike) -> Tally:
    """Count N ≥ 1 texts.

    Args:
        score_N: probabilities in [0, 1]; finite.
        unsafe_N: labels, true or 1 for unsafe.
    """
    score_G, code_N = coded(score_N, unsafe_N)
    return decoded(score_G, code_N)


def coded(score_N: ArrayLike, unsafe_N: ArrayLike) -> tuple[Floats, Floats]:
    """Distinct scores, ascending, and for each text one number that stands for its score and label."""
    score_G, group_N = np.unique(np.asarray(score_N, dtype=np.float64), return_inverse=True)
    return score_G, np.asarray(2 * group_N + np.asarray(unsafe_N).astype(bool), dtype=np.float64)


def decoded(score_G: Floats, code_BN: Floats) -> Tally:
    """Count the numbers that `coded` gave, of one sample or of B, over the last axis."""
    counts_BC = cells(code_BN, 2 * len(score_G))
    return Tally(score_G, counts_BC[..., 0::2], counts_BC[..., 1::2])


def cells(code_BN: Floats, n: int) -> Floats:
    """How often each of the numbers 0 to n − 1 occurs along the last axis, `(..., n)`."""
    code = code_BN.astype(np.intp)
    rows = int(np.prod(code.shape[:-1]))
    shifted = code.reshape(rows, -1) + n * np.arange(rows)[:, None]
    return np.bincount(shifted.ravel(), minlength=rows * n).reshape(*code.shape[:-1], n).astype(np.float64)


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """One array by another, NaN where the other is 0."""
    below = np.asarray(whole, dtype=np.float64)
    return np.where(below > 0, np.asarray(part) / np.where(below > 0, below, 1.0), np.nan)
