"""Players that look at nothing: each other player draws its move anew."""

from __future__ import annotations

from functools import partial
from math import comb

import numpy as np

from lawgiver.games.opponents.tabular import Rule, Tabular
from lawgiver.games.opponents.views import probability
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


def random(p: float | None = None) -> Tabular:
    """Plays C with probability `p`, one half if not given; uniform over a game's actions if there are more than two."""
    if p is None:
        return Tabular("random", 0, partial(_independent, "random", None))
    name = f"random({p})"
    return Tabular(name, 0, partial(_independent, name, probability(f"opponent {name}: p", p)))


def allc() -> Tabular:
    """Always cooperates."""
    return Tabular("allc", 0, partial(_independent, "allc", 1.0))


def alld() -> Tabular:
    """Always defects."""
    return Tabular("alld", 0, partial(_independent, "alld", 0.0))


def _independent(name: str, p: float | None, stage: Stage) -> Rule:
    count = len(stage.situations)
    if p is None and stage.players == 2:
        p_B = np.full(count, 1 / count)
    elif p is not None and stage.players == 2 and count != 2:
        raise ConfigurationError(
            f"opponent {name}: it chooses between two actions, and the other player of {stage.name} has {count}; "
            "use random, which is uniform over them"
        )
    else:
        p_B = defectors(stage.players - 1, 1 - (0.5 if p is None else p))
    return Rule(p_B, p_B[None, :])


def defectors(players: int, p_D: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """P(b of `players` defect), b = 0..players, where each does so with probability `p_D` on its own."""
    return np.array([comb(players, b) * p_D**b * (1 - p_D) ** (players - b) for b in range(players + 1)])
