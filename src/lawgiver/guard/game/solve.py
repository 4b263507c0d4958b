"""The equilibrium of a tabular game for any β: the minimum of its tilted loss, by Newton's method in a box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lawgiver.guard.game.tabular import Game
from lawgiver.guard.game.tilted import Floats

TOLERANCE = 1e-10
_RIDGE = 1e-13
"""Of the Hessian's trace, added to its diagonal: texts that nobody makes have no curvature of their own."""
_ARMIJO = 1e-4
"""Share of what the slope promises that a step must gain."""
_SHORTEST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Equilibrium:
    """A pair of strategies, and how near it is to one that neither player would leave."""

    unsafe_X: Floats
    """The classifier: probability of unsafe for each text."""
    p_NX: Floats
    """The generator's best response to it."""
    gap: float
    """`Game.gap` of the two in nats; above the tolerance if the steps did not do."""
    steps: int


def equilibrium(game: Game, tolerance: float = TOLERANCE, steps: int = 200) -> Equilibrium:
    """Minimise V(θ) = E_ρ[β log E_ref exp(ℓ_θ/β)] over classifiers in [γ, 1 − γ]^X.

    V is convex, so the point where no step helps is the classifier of an equilibrium, and the generator's best response
    to it is the other half: one step of the reference's tilting, no alternation.

    Args:
        game: any tabular game.
        tolerance: duality gap to stop at, in nats.
        steps: most of Newton's steps.

    Returns:
        What was reached; look at its gap.
    """
    low, high = game.gamma, 1 - game.gamma
    unsafe_X = np.full(game.reference_NX.shape[1], 0.5)
    step = 0
    while (gap := game.gap(unsafe_X, game.generator(unsafe_X))) > tolerance and step < steps:
        step += 1
        gradient_X, hessian_XX = derivatives(game, unsafe_X)
        # a probability at the edge of the box that wants out of it stays where it is
        free_X = ~(((unsafe_X <= low) & (gradient_X > 0)) | ((unsafe_X >= high) & (gradient_X < 0)))
        inner = hessian_XX[np.ix_(free_X, free_X)]
        ridge = _RIDGE * np.trace(inner) * np.eye(len(inner))
        direction_X = np.zeros_like(unsafe_X)
        direction_X[free_X] = -np.linalg.solve(inner + ridge, gradient_X[free_X])
        moved_X = _search(game, unsafe_X, gradient_X, direction_X)
        if moved_X is None:
            break
        unsafe_X = moved_X
    return Equilibrium(unsafe_X, game.generator(unsafe_X), gap, step)


def derivatives(game: Game, unsafe_X: Floats) -> tuple[Floats, Floats]:
    """Gradient (X,) and Hessian (X, X) of `Game.value`, which is positive semidefinite."""
    p_NX = game.generator(unsafe_X)
    slope_NX = np.where(game.unsafe_N[:, None], -1 / unsafe_X, 1 / (1 - unsafe_X))
    pull_NX = p_NX * slope_NX
    gradient_X = game.rho_N @ pull_NX
    # of a logarithm the second derivative is the square of the first, hence the 1
    diagonal_X = game.rho_N @ (pull_NX * slope_NX) * (1 + 1 / game.beta)
    outer_XX = (pull_NX * game.rho_N[:, None]).T @ pull_NX / game.beta
    return gradient_X, np.diag(diagonal_X) - outer_XX


def _search(game: Game, unsafe_X: Floats, gradient_X: Floats, direction_X: Floats) -> Floats | None:
    """The first point along the projected direction that gains enough; None if there is none."""
    value, length = game.value(unsafe_X), 1.0
    while length > _SHORTEST:
        moved_X = np.clip(unsafe_X + length * direction_X, game.gamma, 1 - game.gamma)
        if game.value(moved_X) <= value + _ARMIJO * gradient_X @ (moved_X - unsafe_X):
            return moved_X
        length /= 2
    return None
