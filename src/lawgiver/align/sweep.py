"""Choose how much of the conservative model to mix in: from a few measured q to the most helpful one that is safe.

Merging costs no training, so q is the cheap knob (P-SACPO, arXiv 2404.11049, sect. 5): λ is q λ̄ exactly for merged
log-probabilities and roughly for merged weights, which is why q is measured and not computed. A low polynomial through
the measured points, with bands by parametric bootstrap, says what lies between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import ndtri

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval

Array = npt.NDArray[np.float64]


class SweepSettings(BaseModel):
    """How the curves are fitted and read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    degree: int = Field(default=2, ge=1, le=3)
    """Of the polynomials; lower where there are too few points for it."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    """Of the bands: the upper band on cost is one-sided, that on helpfulness two-sided."""
    resamples: int = Field(default=2000, ge=100)
    """Curves fitted to the points shaken by their errors."""
    grid: int = Field(default=101, ge=2)
    """How many q are looked at between the smallest and the largest measured."""
    seed: int = 0


class Measured(BaseModel):
    """What one merged model came to; both intervals of one confidence."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, allow_inf_nan=False)

    q: float = Field(ge=0)
    """The share of the conservative model; past 1 it is extrapolated."""
    helpfulness: Interval
    """Higher is better."""
    cost: Interval
    """Mean cost; higher is worse."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A fitted curve with its band; Q grid points."""

    fit_Q: Array
    """The fitted mean."""
    low_Q: Array
    """Lower end of the band."""
    high_Q: Array
    """Upper end of the band."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The curves, and the q to take."""

    q_Q: Array
    """The grid, from the smallest to the largest measured q."""
    helpfulness: Curve
    """Two-sided band."""
    cost: Curve
    """`high_Q` is the one-sided upper bound that is held against the threshold."""
    threshold: float
    """The budget."""
    chosen: float | None
    """The most helpful q whose upper bound on cost is within the budget; None if there is none."""
    message: str
    """For people."""

    def to_json(self) -> dict[str, Any]:
        """For a run directory."""
        curves = {
            name: {"fit": curve.fit_Q.tolist(), "low": curve.low_Q.tolist(), "high": curve.high_Q.tolist()}
            for name, curve in (("helpfulness", self.helpfulness), ("cost", self.cost))
        }
        return {
            "convention": "higher cost is worse; met when mean cost <= threshold",
            "q": self.q_Q.tolist(),
            **curves,
            "threshold": self.threshold,
            "chosen": self.chosen,
            "message": self.message,
        }


def sweep(points: Sequence[Measured], threshold: float, settings: SweepSettings | None = None) -> Sweep:
    """Fit q → helpfulness and q → cost, and choose.

    Never looks outside the measured range: a polynomial knows nothing there.

    Raises:
        ConfigurationError: for fewer than two different q, or a threshold that is no number.
    """
    settings = SweepSettings() if settings is None else settings
    q_N = np.array([point.q for point in points])
    different = len(np.unique(q_N))
    if different < 2:
        raise ConfigurationError(f"{different} different q measured: a curve needs 2, a bent one 3 or more")
    if not np.isfinite(threshold):
        raise ConfigurationError(f"threshold={threshold!r}: give a number")
    grid_Q = np.linspace(q_N.min(), q_N.max(), settings.grid)
    degree = min(settings.degree, different - 1)
    generator = np.random.default_rng(settings.seed)
    tail = 1 - settings.confidence
    helpfulness = _curve([point.helpfulness for point in points], q_N, grid_Q, degree, tail / 2, settings, generator)
    cost = _curve([point.cost for point in points], q_N, grid_Q, degree, tail, settings, generator)
    safe_Q = cost.high_Q <= threshold
    if not safe_Q.any():
        least = int(cost.high_Q.argmin())
        message = (
            f"no q from {grid_Q[0]:.2f} to {grid_Q[-1]:.2f} is known to keep the budget {threshold:g}: the upper bound "
            f"on cost is least at q = {grid_Q[least]:.2f}, {cost.high_Q[least]:.4g}. Train with a larger λ, or measure "
            "on more prompts."
        )
        return Sweep(grid_Q, helpfulness, cost, threshold, None, message)
    best = int(np.where(safe_Q, helpfulness.fit_Q, -np.inf).argmax())
    message = (
        f"q = {grid_Q[best]:.2f}: helpfulness {helpfulness.fit_Q[best]:.4g} [{helpfulness.low_Q[best]:.4g}, "
        f"{helpfulness.high_Q[best]:.4g}], cost at most {cost.high_Q[best]:.4g} ≤ {threshold:g}. "
        "The bound is that of a fitted curve: measure the chosen model, on prompts that chose nothing."
    )
    return Sweep(grid_Q, helpfulness, cost, threshold, float(grid_Q[best]), message)


def _curve(
    intervals: Sequence[Interval],
    q_N: Array,
    grid_Q: Array,
    degree: int,
    tail: float,
    settings: SweepSettings,
    generator: np.random.Generator,
) -> Curve:
    """Weighted least squares, refitted to points drawn from their own errors."""
    value_N = np.array([interval.estimate for interval in intervals])
    error_N = _errors(intervals)
    design_ND = np.vander(q_N, degree + 1)
    solver_DN = np.linalg.pinv(design_ND / error_N[:, None]) / error_N
    fit_D = solver_DN @ value_N
    spare = len(q_N) - degree - 1
    if spare > 0:  # a polynomial that misses its points by more than their errors is wider than they say
        misfit = float((((value_N - design_ND @ fit_D) / error_N) ** 2).sum() / spare)
        error_N = error_N * np.sqrt(max(1.0, misfit))
    drawn_RN = value_N + generator.normal(size=(settings.resamples, len(q_N))) * error_N
    curves_RQ = drawn_RN @ solver_DN.T @ np.vander(grid_Q, degree + 1).T
    low_Q, high_Q = np.quantile(curves_RQ, [tail, 1 - tail], axis=0)
    return Curve(np.vander(grid_Q, degree + 1) @ fit_D, low_Q, high_Q)


def _errors(intervals: Sequence[Interval]) -> Array:
    """Standard errors, from the longer arm of each interval; an interval of no width gets the widest of the others.

    A width of 0 comes of rows that are all alike, and claims a certainty that a sample cannot have. Where no interval
    has any, each gets the error of a share with two successes and two failures more (Agresti and Coull 1998).
    """
    arm_N = np.array([max(i.high - i.estimate, i.estimate - i.low) / ndtri((1 + i.confidence) / 2) for i in intervals])
    if not np.isfinite(arm_N).all() or (arm_N < 0).any():
        raise ConfigurationError("an interval of the sweep is infinite or out of order; measure that q again")
    if not arm_N.any():
        n_N = np.array([i.n for i in intervals])
        share_N = np.clip((np.array([i.estimate for i in intervals]) * n_N + 2) / (n_N + 4), 0.0, 1.0)
        arm_N = np.sqrt(share_N * (1 - share_N) / (n_N + 4))
    if not arm_N.any():
        raise ConfigurationError("every interval of the sweep has no width, and its scores are no shares; measure more")
    return np.where(arm_N > 0, arm_N, arm_N.max())
