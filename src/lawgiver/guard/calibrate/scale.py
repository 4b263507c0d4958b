"""Temperature and bias: the log-odds of a guard, stretched and moved until they mean what they say."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from lawgiver.models.classifier.calibration import EDGE
from lawgiver.outcome import ConfigurationError

Floats: TypeAlias = NDArray[np.float64]
HOTTEST = 20.0
"""The temperature stays between 1 / HOTTEST and HOTTEST; a guard whose scores say nothing ends at the upper end."""


class Scale(NamedTuple):
    """Log-odds z become z / temperature + bias."""

    temperature: float
    """Above 1 where the guard is too sure of itself, below 1 where it is not sure enough."""
    bias: float
    """In log-odds; above 0 where it finds too little unsafe."""


def log_odds(probability_N: ArrayLike) -> Floats:
    """The log-odds log p / (1 − p) of probabilities in [0, 1], finite also at the ends."""
    p = np.clip(np.asarray(probability_N, dtype=np.float64), EDGE, 1 - EDGE)
    return np.asarray(np.log(p) - np.log1p(-p))


def fit_scale(logit_N: ArrayLike, positive_N: ArrayLike) -> Scale:
    """The likeliest temperature and bias (Platt 1999; Guo et al. 2017, arXiv 1706.04599, sect. 4.2).

    Labels are moved towards each other as Platt does, (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2): otherwise a guard that
    makes no mistake on these rows would be made infinitely sure of itself.

    Args:
        logit_N: N log-odds.
        positive_N: N labels, true or 1 for what the output is to find.

    Raises:
        ConfigurationError: unless there are rows of both labels, each with a finite number.
    """
    logit, positive = np.asarray(logit_N, dtype=np.float64), np.asarray(positive_N).astype(bool)
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not (n_positive and n_negative and np.isfinite(logit).all()):
        raise ConfigurationError(
            f"{n_positive} positive and {n_negative} negative rows: a temperature needs both, with finite scores"
        )
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slope, bias = parameters
        z = slope * logit + bias
        error = expit(z) - target
        value = np.logaddexp(0, z) - target * z
        return float(value.mean()), np.array([(error * logit).mean(), error.mean()])

    # convex in slope and bias, so there is one minimum and any start finds it
    ends = [(1 / HOTTEST, HOTTEST), (None, None)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=ends, options={"ftol": 1e-13})
    slope, bias = found.x
    return Scale(float(1 / slope), float(bias))
