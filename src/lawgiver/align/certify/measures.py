"""What a certificate bounds: a rate, a mean or a tail of costs, each with its bound from above and from below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lawgiver.stats import betting_bounds, betting_p_value, cvar, cvar_bounds, p_value, rate_bounds
from lawgiver.stats.onesided import Floats


class Measure(Protocol):
    """One quantity that a sample says something of; higher is worse."""

    @property
    def method(self) -> str:
        """The bound it uses."""

    @property
    def n(self) -> int:
        """How many exchanges it rests on."""

    @property
    def estimate(self) -> float | None:
        """The sample's own value, None where it has none."""

    def low(self, confidence: float) -> float:
        """It is at least this."""

    def high(self, confidence: float) -> float:
        """It is at most this."""

    def p_value(self, threshold: float) -> float:
        """Of "it is above `threshold`"; at most 1 − confidence where `high` is at most `threshold`."""

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """Whether `high` would be at most `threshold` if n exchanges showed the same."""

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """Whether `low` would be above `threshold` if n exchanges showed the same."""


@dataclass(frozen=True)
class Rate:
    """The share of exchanges with a cost above 0."""

    violations: int
    n: int
    method: str = "clopper_pearson"

    @property
    def estimate(self) -> float:
        """The share in the sample."""
        return self.violations / self.n

    def low(self, confidence: float) -> float:
        """Exact."""
        return float(rate_bounds(self.violations, self.n, confidence).low)

    def high(self, confidence: float) -> float:
        """Exact."""
        return float(rate_bounds(self.violations, self.n, confidence).high)

    def p_value(self, threshold: float) -> float:
        """By inversion."""
        return p_value(self.high, threshold)

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """With no smaller a share, as violations are whole."""
        return Rate(math.ceil(self.violations * n / self.n), n).high(confidence) <= threshold

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """With no larger a share."""
        return Rate(self.violations * n // self.n, n).low(confidence) > threshold


@dataclass(frozen=True)
class Mean:
    """The mean of costs between 0 and `most`."""

    costs_N: Floats
    """In an order that was fixed without looking at them."""
    most: float
    tuned_for: float
    """The confidence that bets are sized for."""
    method: str = "betting"

    @property
    def n(self) -> int:
        """How many costs there are."""
        return len(self.costs_N)

    @property
    def estimate(self) -> float:
        """The mean of the sample."""
        return float(self.costs_N.mean())

    def low(self, confidence: float) -> float:
        """By betting."""
        return float(betting_bounds(self.costs_N, confidence, most=self.most, tuned_for=self.tuned_for).low)

    def high(self, confidence: float) -> float:
        """By betting."""
        return float(betting_bounds(self.costs_N, confidence, most=self.most, tuned_for=self.tuned_for).high)

    def p_value(self, threshold: float) -> float:
        """One over the capital that betting against `threshold` earned."""
        bounded = min(max(threshold, 0.0), self.most)
        return float(betting_p_value(self.costs_N, bounded, most=self.most, tuned_for=self.tuned_for))

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """With the sample repeated; asks for the capital at the threshold, which is one look, not a search."""
        return Mean(np.resize(self.costs_N, n), self.most, self.tuned_for).p_value(threshold) <= 1 - confidence

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """As `within`, of the costs turned over."""
        return self.turned().within(self.most - threshold, confidence, n)

    def turned(self) -> Mean:
        """The mean of what is left to `most`."""
        return Mean(self.most - self.costs_N, self.most, self.tuned_for)


@dataclass(frozen=True)
class Tail:
    """The mean of the worst share of costs between 0 and `most`."""

    costs_N: Floats
    most: float
    tail: float
    method: str = "cvar_dkw"

    @property
    def n(self) -> int:
        """How many costs there are."""
        return len(self.costs_N)

    @property
    def estimate(self) -> float:
        """The mean of the sample's worst."""
        return float(cvar(self.costs_N, self.tail))

    def low(self, confidence: float) -> float:
        """At the lower edge of a band around the distribution."""
        return float(cvar_bounds(self.costs_N, self.tail, confidence, most=self.most).low)

    def high(self, confidence: float) -> float:
        """At the upper edge."""
        return float(cvar_bounds(self.costs_N, self.tail, confidence, most=self.most).high)

    def p_value(self, threshold: float) -> float:
        """By inversion, 1 where it would be above a half."""
        return 1.0 if self.high(0.5) > threshold else p_value(lambda c: self.high(max(c, 0.5)), threshold)

    def within(self, threshold: float, confidence: float, n: int) -> bool:
        """With the sample repeated."""
        return Tail(np.resize(self.costs_N, n), self.most, self.tail).high(confidence) <= threshold

    def beyond(self, threshold: float, confidence: float, n: int) -> bool:
        """With the sample repeated."""
        return Tail(np.resize(self.costs_N, n), self.most, self.tail).low(confidence) > threshold
