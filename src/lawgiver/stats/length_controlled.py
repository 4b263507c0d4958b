"""What a win rate would be if both answers were equally long (after Dubois et al., arXiv 2404.04475, sect. 3).

A logistic regression of the win on the difference in length, read off at no difference. The difference enters as
tanh(d / s) with s its standard deviation, so that a few very long answers do not decide the slope. Their term for the
difficulty of the instruction is left out: it takes many models to fit, and is 0 on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.bootstrap import Floats, Seed, bootstrap
from lawgiver.stats.interval import Interval

RIDGE = 1e-4
"""Weight of the penalty (a² + b²) / 2 against the mean log-likelihood: all wins give 0.999, not a division by zero."""

_STEPS = 100


@dataclass(frozen=True, slots=True)
class LengthControlled:
    """A win rate at equal length."""

    win_rate: Interval
    """Predicted at no difference in length."""
    slope: float
    """Change of the win's log-odds as tanh(d / s) grows by 1; positive where longer answers win."""


def length_controlled(
    wins_N: ArrayLike,
    longer_N: ArrayLike,
    *,
    seed: Seed,
    confidence: float = 0.95,
    resamples: int = 2000,
    ridge: float = RIDGE,
) -> LengthControlled:
    """Length-controlled win rate of N independent prompts, with a bootstrap interval.

    Args:
        wins_N: `(N,)` in [0, 1]; ½ for a tie.
        longer_N: `(N,)` by how much the answer is longer than its opponent, in any unit.
        seed: a whole number or a generator (which is advanced).
        confidence: of the interval.
        resamples: how many samples of N prompts are drawn.
        ridge: weight of the penalty, > 0.

    Raises:
        ConfigurationError: for arrays of other shapes, wins outside [0, 1], or as `bootstrap`.
    """
    wins, longer = np.asarray(wins_N, dtype=np.float64), np.asarray(longer_N, dtype=np.float64)
    if wins.ndim != 1 or wins.shape != longer.shape:
        raise ConfigurationError(f"wins have shape {wins.shape}, lengths {longer.shape}: give (N,) and (N,)")
    if ((wins < 0) | (wins > 1)).any():
        raise ConfigurationError("wins lie outside [0, 1]: give 1 for a win, 0.5 for a tie, 0 for a loss")
    if not ridge > 0:
        raise ConfigurationError(f"ridge={ridge}: give a small number above 0, such as {RIDGE}")
    spread = float(longer.std()) if longer.size else 0.0
    squashed = np.tanh(longer / spread) if spread > 0 else np.sign(longer)
    columns_2N = np.stack([wins, squashed])
    found = bootstrap(
        columns_2N,
        lambda columns: expit(fit_logistic(columns[0], columns[1], ridge)[..., 0]),
        seed=seed,
        confidence=confidence,
        resamples=resamples,
    )
    return LengthControlled(found, float(fit_logistic(wins, squashed, ridge)[..., 1]))


def fit_logistic(wins_BN: Floats, x_BN: Floats, ridge: float) -> Floats:
    """Intercept and slope of the penalised logistic regression of shares on one regressor, `(..., 2)`."""
    n = wins_BN.shape[-1]
    a = np.zeros(wins_BN.shape[:-1])
    b = np.zeros(wins_BN.shape[:-1])
    for _ in range(_STEPS):
        p = expit(a[..., None] + b[..., None] * x_BN)
        rest, weight = wins_BN - p, p * (1 - p)
        weighted = weight * x_BN
        slope_a = rest.sum(-1) / n - ridge * a
        slope_b = (rest * x_BN).sum(-1) / n - ridge * b
        aa, ab, bb = weight.sum(-1) / n + ridge, weighted.sum(-1) / n, (weighted * x_BN).sum(-1) / n + ridge
        determinant = aa * bb - ab * ab
        # the full Newton step can overshoot where the answers part cleanly, so a long one is cut
        step_a = ((bb * slope_a - ab * slope_b) / determinant).clip(-1, 1)
        step_b = ((aa * slope_b - ab * slope_a) / determinant).clip(-1, 1)
        a, b = a + step_a, b + step_b
        if max(np.abs(step_a).max(initial=0.0), np.abs(step_b).max(initial=0.0)) < 1e-9:
            break
    return np.stack([a, b], axis=-1)
