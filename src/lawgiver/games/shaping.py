"""Two learners that adapt to each other, with exact values: simultaneous gradients and opponent shaping.

Each player holds logits `theta_HA` over the histories in its own view (own move first). Naive learners follow their
own gradient as if the other stood still. A shaping learner (LOLA, Foerster et al. 2018, arXiv 1709.04326) follows
the gradient of its value after the other's next step: V1(θ1, θ2 + η ∇θ2 V2(θ1, θ2)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from lawgiver.games import markov
from lawgiver.games.markov import Floats

if TYPE_CHECKING:
    from lawgiver.games.problem import Problem

Gradient: TypeAlias = Callable[["Match", Floats, Floats], Floats]
"""A learning rule: the ascent direction of the own logits, given the match in the own view and both logits."""

_STEP = 1e-100  # a complex step has no cancellation, so it may be as small as numbers go


@dataclass(frozen=True, eq=False)
class Match:
    """What two players earn from each other, in the view of the first."""

    own_HAB: Floats
    """The first player's reward."""
    other_HAB: Floats
    """The second player's reward of the same outcomes, still indexed in the first one's view."""
    start_H: Floats
    """Distribution of the first history, in the first player's view."""
    gamma: float
    """Discount, in [0, 1)."""

    @classmethod
    def between(cls, own: Problem, other: Problem) -> Match:
        """What two problems pay whoever plays them with each other; each is given in its own player's view."""
        other_HAB = _swap(other.reward_HAB, *other.reward_HAB.shape[1:])
        return cls(own.reward_HAB, other_HAB, own.weight_H, own.gamma)

    @property
    def swapped(self) -> Match:
        """The same match in the view of the second player."""
        actions, situations = self.own_HAB.shape[1:]
        flipped = [_swap(array, actions, situations) for array in (self.other_HAB, self.own_HAB)]
        start_H = _swap(self.start_H[:, None, None], actions, situations)[:, 0, 0]
        return Match(flipped[0], flipped[1], start_H, self.gamma)

    def values(self, own_HA: Floats, other_HB: Floats) -> tuple[float, float]:
        """What both earn per round, `(1 − γ)V`, with these logits."""
        p_HA, q_HB = _policies(own_HA, other_HB)
        worth = [
            (1 - self.gamma) * markov.value(p_HA, q_HB, reward_HAB, self.start_H, gamma=self.gamma, illegal=0.0)
            for reward_HAB in (self.own_HAB, self.other_HAB)
        ]
        return float(worth[0]), float(worth[1])

    def gradient(self, reward_HAB: Floats, own_HA: NDArray[Any], other_HB: NDArray[Any]) -> NDArray[Any]:
        """The gradient in the first player's logits of a discounted value `v₀ᵀ(I − γM)⁻¹ r`."""
        p_HA, q_HB = _policies(own_HA, other_HB)
        log_HA = markov.log_gradient(p_HA, q_HB, reward_HAB, self.start_H, gamma=self.gamma, illegal=0.0)
        gradient_HA: NDArray[Any] = log_HA - p_HA * log_HA.sum(axis=1, keepdims=True)
        return gradient_HA


def naive(match: Match, own_HA: Floats, other_HB: Floats) -> Floats:
    """The gradient of the own value, the other standing still."""
    gradient_HA: Floats = match.gradient(match.own_HAB, own_HA, other_HB)
    return gradient_HA


def lola(lookahead: float) -> Gradient:
    """Opponent shaping: the own gradient, and how the other's next naive step will change the own value.

    To first order in η, `∇θ1 V1 + η (∂²V2/∂θ1∂θ2) ∇θ2 V1` (Foerster et al. 2018, eq. 4.4). The second derivative
    is that of `∇θ1 V2` along c = ∇θ2 V1, one complex step `Im ∇θ1 V2(θ1, θ2 + ihc) / h`, exact to rounding.

    Args:
        lookahead: η, the step the other is assumed to take; 0 gives `naive`.
    """

    def direction(match: Match, own_HA: Floats, other_HB: Floats) -> Floats:
        theirs = match.swapped
        along_HB = theirs.gradient(theirs.other_HAB, other_HB, own_HA)
        stepped_HB = other_HB + 1j * _STEP * along_HB
        shaped_HA = match.gradient(match.other_HAB, own_HA, stepped_HB).imag / _STEP
        return naive(match, own_HA, other_HB) + lookahead * shaped_HA

    return direction


def learn(
    match: Match, own_HA: Floats, other_HB: Floats, rules: tuple[Gradient, Gradient], steps: int, rate: float
) -> tuple[Floats, Floats, Floats]:
    """Let two learners change at once.

    Args:
        match: in the view of the first.
        own_HA: logits of the first, in its view.
        other_HB: logits of the second, in its own view.
        rules: the rule of each.
        steps: how many simultaneous steps of ascent.
        rate: their size, for discounted (not per-round) values.

    Returns:
        Both logits, each in its player's own view, and the values per round before each step and at the end,
        `(steps + 1, 2)`.
    """
    theirs = match.swapped
    history = [match.values(own_HA, other_HB)]
    for _ in range(steps):
        up_HA, up_HB = rules[0](match, own_HA, other_HB), rules[1](theirs, other_HB, own_HA)
        own_HA, other_HB = own_HA + rate * up_HA, other_HB + rate * up_HB
        history.append(match.values(own_HA, other_HB))
    return own_HA, other_HB, np.array(history)


def _policies(own_HA: NDArray[Any], other_HB: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    return _softmax(own_HA), markov.mirror(_softmax(other_HB), own_HA.shape[1])


def _softmax(logits_HA: NDArray[Any]) -> NDArray[Any]:
    if not np.iscomplexobj(logits_HA):
        return np.asarray(softmax(logits_HA, axis=1))
    raised_HA = np.exp(logits_HA - logits_HA.real.max(axis=1, keepdims=True))
    shares_HA: NDArray[Any] = raised_HA / raised_HA.sum(axis=1, keepdims=True)
    return shares_HA


def _swap(array_HAB: Floats, actions: int, situations: int) -> Floats:
    """Re-index histories and outcome from one player's view to the other's."""
    order_H = markov.mirror(np.arange(len(array_HAB))[:, None].repeat(actions, axis=1), situations)[:, 0]
    return array_HAB[order_H].swapaxes(1, 2)
