"""Extortion: a player that forces a line on the two payoffs, whatever the other does.

A memory-one player with p̃ = (p1-1, p2-1, p3, p4) makes the long-run payoffs obey α·s_own + β·s_other + γ = 0 whenever
p̃ is that combination of the payoffs in CC, CD, DC, DD (Press & Dyson 2012, PNAS 109, eq. 7). The extortioner takes
p̃ = φ·[(s_own - P_own) - χ·(s_other - P_other)] (eq. 12), hence s_own - P_own = χ·(s_other - P_other).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lawgiver.games.opponents.base import Floats
from lawgiver.games.opponents.tabular import Rule, Tabular, fixed_rule
from lawgiver.games.opponents.views import payoffs, shown, two_by_two
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

PLAYED_4 = np.array([1.0, 1.0, 0.0, 0.0])
"""1 where the player's own last move was C; p̃ is p less this."""


def zd_extort(chi: float = 3.0) -> Tabular:
    """Takes `chi` times the other's surplus over mutual defection; `chi` at least 1."""
    # written so that NaN is refused as well
    if not (isinstance(chi, int | float) and 1 <= chi < np.inf):
        raise ConfigurationError(f"opponent zd_extort: chi is {shown(chi)}; give a factor of 1 or more")
    return Tabular(f"zd_extort({chi})", 1, partial(_extort, chi))


def extortion(own_4: Floats, other_4: Floats, chi: float) -> Floats | None:
    """P(C | CC, CD, DC, DD) of the extortioner, or None where the payoffs allow none.

    φ is half the largest feasible one, as in Press & Dyson's example and in Extort-2 of Stewart & Plotkin (2012).

    Args:
        own_4: its own payoffs in these four states.
        other_4: the other's.
        chi: the factor of extortion.
    """
    line_4 = (own_4 - own_4[3]) - chi * (other_4 - other_4[3])
    toward_4 = np.where(PLAYED_4 == 1, -1.0, 1.0)  # p̃ may only move p away from the own last move
    line_4 = line_4 if np.all(line_4 * toward_4 >= 0) else -line_4
    if not np.all(line_4 * toward_4 >= 0) or not np.any(line_4):
        return None
    p_4: Floats = PLAYED_4 + line_4 / (2 * np.abs(line_4).max())
    return p_4


def _extort(chi: float, stage: Stage) -> Rule:
    name = f"zd_extort({chi})"
    two_by_two(stage, name)
    seen = payoffs(stage, name)
    p_4 = extortion(seen.own_BA.ravel(), seen.other_BA.ravel(), chi)
    if p_4 is None:
        raise ConfigurationError(
            f"opponent {name}: no strategy extorts by this factor in {stage.name}; "
            "in a prisoner's dilemma there is one for every factor"
        )
    return fixed_rule(name, (1, *p_4), stage)
