"""The game as tables: both players' best responses, and how far from an equilibrium a pair of strategies is.

N seeds with a label, X texts that can be made of them. The generator is a distribution `p_NX` of texts for each seed,
the classifier a probability `unsafe_X` for each text, within [γ, 1 − γ]. What holds of these tables is what training
aims at and need not reach: a table is convex, a network is not convex in its weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from lawgiver.guard.game.tilted import Floats, Ints, tilted_loss, tilted_weights
from lawgiver.outcome import ConfigurationError

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Game:
    """`min_θ max_φ E_ρ[E_{x̃~φ}[−log p_θ(y|x̃)] − β KL(φ ‖ ref)]`; DuoGuard, arXiv 2502.05163, sect. 4."""

    rho_N: Floats
    """How often each seed is drawn; adds up to 1."""
    unsafe_N: Bools
    """Label of each seed, which its texts keep."""
    reference_NX: Floats
    """The generator before the game; rows add up to 1."""
    beta: float
    """Price of a nat away from the reference, above 0."""
    gamma: float = 0.02
    """Least probability that the classifier gives a label, in (0, ½)."""

    def __post_init__(self) -> None:
        if self.reference_NX.shape[:1] != self.rho_N.shape or self.rho_N.shape != self.unsafe_N.shape:
            raise ConfigurationError("rho_N, unsafe_N, reference_NX: one row for each seed")
        if not np.allclose(self.rho_N.sum(), 1) or not np.allclose(self.reference_NX.sum(axis=1), 1):
            raise ConfigurationError("rho_N, reference_NX: probabilities add up to 1")
        if not 0 < self.beta < np.inf:
            raise ConfigurationError(f"beta={self.beta!r}: above 0 and finite")
        if not 0 < self.gamma < 0.5:
            raise ConfigurationError(f"gamma={self.gamma}: above 0 and below ½")

    def loss(self, unsafe_X: Floats) -> Floats:
        """`−log p_θ(y|x̃)` of each seed's label at each text, (N, X) in nats."""
        loss_NX: Floats = -np.log(np.where(self.unsafe_N[:, None], unsafe_X, 1 - unsafe_X))
        return loss_NX

    def payoff(self, unsafe_X: Floats, p_NX: Floats) -> float:
        """What the generator gets and the classifier pays."""
        got_NX = p_NX * self.loss(unsafe_X) - self.beta * rel_entr(p_NX, self.reference_NX)
        return float(self.rho_N @ got_NX.sum(axis=1))

    def generator(self, unsafe_X: Floats) -> Floats:
        """The generator's best response, (N, X)."""
        return tilted_weights(*self._flat(unsafe_X)).reshape(self.reference_NX.shape)

    def classifier(self, p_NX: Floats) -> Floats:
        """The classifier's best response, (X,): the share of unsafe among what makes a text, ½ if nothing does."""
        mass_NX = self.rho_N[:, None] * p_NX
        all_X = mass_NX.sum(axis=0)
        share_X = np.divide(mass_NX[self.unsafe_N].sum(axis=0), all_X, out=np.full_like(all_X, 0.5), where=all_X > 0)
        return np.asarray(np.clip(share_X, self.gamma, 1 - self.gamma))

    def value(self, unsafe_X: Floats) -> float:
        """V(θ), the payoff at the generator's best response: the mean tilted loss, convex in `unsafe_X`."""
        return float(self.rho_N @ tilted_loss(*self._flat(unsafe_X)))

    def gap(self, unsafe_X: Floats, p_NX: Floats) -> float:
        """What the two players together would gain by best responses, 0 at an equilibrium alone."""
        return self.value(unsafe_X) - self.payoff(self.classifier(p_NX), p_NX)

    def _flat(self, unsafe_X: Floats) -> tuple[Floats, Floats, float, Ints]:
        with np.errstate(divide="ignore"):  # −inf for what the reference never makes
            log_J = np.log(self.reference_NX.ravel())
        seeds, texts = self.reference_NX.shape
        return self.loss(unsafe_X).ravel(), log_J, self.beta, np.repeat(np.arange(seeds), texts)


def alternate(game: Game, rounds: int) -> Iterator[tuple[Floats, Floats]]:
    """Best responses in turn, the classifier first, to the reference: what theorem 4.2 of DuoGuard speaks of.

    Yields:
        The classifier and the generator's answer to it, after each round.
    """
    p_NX = game.reference_NX
    for _ in range(rounds):
        unsafe_X = game.classifier(p_NX)
        p_NX = game.generator(unsafe_X)
        yield unsafe_X, p_NX
