"""The two-player game of the guard as a table: best responses in turn against the minimum of the tilted loss.

    python benchmarks/guard_game.py --games 20 --rounds 400

Six seeds, each with either label, and twelve texts, drawn anew for every game; γ = 0.02. Seconds on one core.
"""

from __future__ import annotations

import argparse

import numpy as np

from lawgiver.guard.game.solve import equilibrium
from lawgiver.guard.game.tabular import Game, alternate

BETAS = (0.01, 0.03, 0.1, 0.3, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 5.0, 10.0)
SEEDS, TEXTS = 6, 12


def toy(beta: float, seed: int) -> Game:
    """A random game in which every seed can become every text."""
    rng = np.random.default_rng(seed)
    unsafe = rng.uniform(0.2, 0.8, SEEDS)
    reference_NX = rng.dirichlet(np.ones(TEXTS), 2 * SEEDS)
    rho_N = np.concatenate([unsafe, 1 - unsafe]) / SEEDS
    return Game(rho_N, np.repeat([True, False], SEEDS), reference_NX, beta, gamma=0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=400)
    options = parser.parse_args()
    print("| β | gap, in turn: least | most | last move of the classifier | gap, minimum of V: most | Newton steps |")
    print("|---|---|---|---|---|---|")
    for beta in BETAS:
        gaps, moves, found = [], [], []
        for seed in range(options.games):
            game = toy(beta, seed)
            *_, before, last = alternate(game, options.rounds)
            gaps.append(game.gap(*last))
            moves.append(np.abs(last[0] - before[0]).max())
            found.append(equilibrium(game))
        print(
            f"| {beta:g} | {min(gaps):.2g} | {max(gaps):.2g} | {max(moves):.2g} "
            f"| {max(one.gap for one in found):.1g} | {max(one.steps for one in found)} |"
        )


if __name__ == "__main__":
    main()
