"""Two objectives at once: who is dominated, how much is dominated together, and how sure a point is of its place.

Both coordinates are gains, higher is better; give a cost with its sign turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.bootstrap import Floats
from lawgiver.stats.interval import check_confidence


def non_dominated(points_BK2: ArrayLike) -> NDArray[np.bool_]:
    """Which of K points no other one beats in one gain without losing in the other, `(..., K)`."""
    points = _points(points_BK2)
    mine, theirs = points[..., :, None, :], points[..., None, :, :]
    beaten = (theirs >= mine).all(-1) & (theirs > mine).any(-1)
    return np.asarray(~beaten.any(-1))


def hypervolume(points_BK2: ArrayLike, reference_2: ArrayLike) -> Floats:
    """Area that K points dominate above a reference point, `(...)`; a point not better in both gains adds nothing.

    The measure of Zitzler and Thiele (1998, PPSN V), exact in two dimensions.
    """
    reference = np.asarray(reference_2, dtype=np.float64)
    if reference.shape != (2,) or not np.isfinite(reference).all():
        raise ConfigurationError(f"reference={reference_2!r}: give two numbers, no better than the worst there can be")
    gains = np.maximum(_points(points_BK2) - reference, 0.0)
    order = np.argsort(-gains[..., 0], axis=-1)
    x = np.take_along_axis(gains[..., 0], order, -1)
    y = np.maximum.accumulate(np.take_along_axis(gains[..., 1], order, -1), axis=-1)
    next_x = np.concatenate([x[..., 1:], np.zeros_like(x[..., :1])], axis=-1)
    return np.asarray(((x - next_x) * y).sum(-1))


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Where a mean of two numbers lies with some confidence, if its error is about normal."""

    centre_2: Floats
    """The estimate."""
    covariance_22: Floats
    """Of the estimate, not of single rows."""
    confidence: float
    """Strictly between 0 and 1."""

    def holds(self, point_B2: ArrayLike) -> NDArray[np.bool_]:
        """Whether points lie within, `(...)`; an ellipse without width holds its own line or centre."""
        away = np.asarray(point_B2, dtype=np.float64) - self.centre_2
        values_2, axes_22 = np.linalg.eigh(self.covariance_22)
        along = away @ axes_22
        flat = values_2 <= 1e-12 * max(float(values_2.max()), 1e-300)
        distance = np.where(
            flat, np.where(np.abs(along) < 1e-12, 0.0, np.inf), along**2 / np.where(flat, 1.0, values_2)
        )
        return np.asarray(distance.sum(-1) <= self.scale**2)

    @property
    def scale(self) -> float:
        """Half axes in standard errors: the root of the χ² quantile with two degrees of freedom."""
        return math.sqrt(-2 * math.log(1 - self.confidence))

    def outline(self, corners: int = 72) -> Floats:
        """Points around it, `(corners, 2)`, the first not repeated."""
        values_2, axes_22 = np.linalg.eigh(self.covariance_22)
        angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
        round_ = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return np.asarray(self.centre_2 + self.scale * (round_ * np.sqrt(values_2.clip(0))) @ axes_22.T)


def ellipse(centre_2: ArrayLike, drawn_R2: ArrayLike, confidence: float = 0.95) -> Ellipse:
    """The ellipse of a mean from R bootstrap resamples of it.

    Raises:
        ConfigurationError: for fewer than two resamples, numbers that are not finite, or a confidence out of range.
    """
    centre, drawn = np.asarray(centre_2, dtype=np.float64), np.asarray(drawn_R2, dtype=np.float64)
    if centre.shape != (2,) or drawn.ndim != 2 or drawn.shape[1] != 2 or len(drawn) < 2:
        raise ConfigurationError(f"an ellipse needs a centre (2,) and resamples (R, 2), R ≥ 2; got {drawn.shape}")
    if not np.isfinite(centre).all() or not np.isfinite(drawn).all():
        raise ConfigurationError("an ellipse needs finite numbers: leave out what was not scored")
    return Ellipse(centre, np.cov(drawn, rowvar=False), check_confidence(confidence))


def _points(points_BK2: ArrayLike) -> Floats:
    points = np.asarray(points_BK2, dtype=np.float64)
    if points.ndim < 2 or points.shape[-1] != 2 or not np.isfinite(points).all():
        raise ConfigurationError(f"points have shape {points.shape}: give (..., K, 2), all of them finite")
    return points
