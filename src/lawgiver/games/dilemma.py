"""Which social dilemma a game is, by the order of four payoffs, and games sampled to be one."""

from __future__ import annotations

import numpy as np

from lawgiver.games.matrix import MatrixGame
from lawgiver.games.multiplayer import SymmetricGame
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

KINDS = ("prisoner's dilemma", "stag hunt", "chicken", "harmony", "deadlock", "coordination", "anti-coordination")
"""What a symmetric game of two actions can be; others are `battle of the sexes` or `none`."""


def kind(r: float, s: float, t: float, p: float) -> str:
    """The kind of a symmetric game of two actions, one of `KINDS` or `none`.

    The payoffs are reward (all cooperate), sucker (I alone cooperate), temptation (I alone defect) and punishment (all
    defect), ordered as in Macy and Flache (2002): prisoner's dilemma T>R>P>S, stag hunt R>T>=P>S, chicken T>R>=S>P,
    harmony R>T, S>P and R>P, deadlock T>R, P>S and P>R. What else has two pure equilibria is a coordination game (on
    the same action) or an anti-coordination game. Ties leave it at `none`.
    """
    if t > r and p > s and p != r:
        return "prisoner's dilemma" if r > p else "deadlock"
    if r > t and p > s:
        return "stag hunt" if r > p and t >= p else "coordination"
    if t > r and s > p:
        return "chicken" if r >= s else "anti-coordination"
    if r > t and s > p and r > p:
        return "harmony"
    return "none"


def dilemma(game: MatrixGame | SymmetricGame) -> str:
    """The kind of a game whose players have two actions each, the first taken for cooperation; `none` for others.

    With N players the four payoffs are those where all others do the same (Hughes et al., arXiv 1803.08884). The
    players of an asymmetric game must agree on the kind; `battle of the sexes` is where both want to do the same, but
    each another thing.
    """
    if set(game.action_counts) != {2}:
        return "none"
    stages = [game.seen_by("row"), game.seen_by("column")]
    kinds = {kind(*_corners(stage)) for stage in stages}
    if kinds <= {"coordination", "stag hunt"}:
        favourites = {np.sign(r - p) for r, _, _, p in map(_corners, stages)}
        if favourites == {-1.0, 1.0}:
            return "battle of the sexes"
    return kinds.pop() if len(kinds) == 1 else "none"


def random_game(rng: np.random.Generator, wanted: str, low: int = 0, high: int = 9) -> MatrixGame:
    """A symmetric 2×2 game of the `wanted` kind with whole payoffs, each such game from `low` to `high` equally likely.

    Raises:
        ConfigurationError: if the kind is not one of `KINDS`, or the range is too narrow to hold one.
    """
    if wanted not in KINDS:
        raise ConfigurationError(f"random_game: kind {wanted!r}; choose one of {', '.join(KINDS)}")
    # four different payoffs hold a game of every kind, so that rejection ends
    if high - low < 3:
        raise ConfigurationError(f"random_game: payoffs from {low} to {high}; give a range of four numbers or more")
    while True:
        r, s, t, p = (int(payoff) for payoff in rng.integers(low, high, size=4, endpoint=True))
        if kind(r, s, t, p) == wanted:
            entries = {"CC": (r, r), "CD": (s, t), "DC": (t, s), "DD": (p, p)}
            return MatrixGame.from_entries(f"random_{r}_{s}_{t}_{p}", f"Random {wanted}", entries)


def _corners(stage: Stage) -> tuple[float, float, float, float]:
    own_AB = stage.own_AB
    return float(own_AB[0, 0]), float(own_AB[0, -1]), float(own_AB[1, 0]), float(own_AB[1, -1])
