"""What a policy does after what the others did: the action types, and how much the answer depends on it.

All functions take the share of decisions made in each history, `share_H`: `markov.stationary` for the long run,
`markov.visited` for an episode, or a problem's weights for one decision in each.
"""

from __future__ import annotations

import numpy as np

from lawgiver.games.markov import Floats, situation_last
from lawgiver.games.stage import Stage


def action_types(p_HA: Floats, share_H: Floats, situations: int) -> Floats:
    """The share of decisions of each type: own action, or illegal in the last row, given the others' last.

    Returns:
        `(A + 1, B)`, sums to 1. For two players and two actions the six entries are C|C, C|D, D|C, D|D, illegal|C
        and illegal|D.
    """
    moves_HA = np.column_stack([p_HA, 1 - p_HA.sum(axis=1)])
    after_HB = np.eye(situations)[situation_last(len(p_HA), situations)]
    types_AB: Floats = np.einsum("h,ha,hb->ab", share_H, moves_HA, after_HB)
    return types_AB


def type_names(stage: Stage) -> list[list[str]]:
    """Names of the entries of `action_types`: `C|D`; with more than two players `C|2`, two others cooperated."""
    if stage.players == 2:
        given = [situation[0] for situation in stage.situations]
    else:
        given = [str(stage.players - 1 - b) for b in range(len(stage.situations))]
    return [[f"{action}|{after}" for after in given] for action in (*stage.actions, "illegal")]


def conditional(p_HA: Floats, share_H: Floats, situations: int) -> Floats:
    """The chance of each action (last row: illegal) after each situation, `(A + 1, B)`; NaN after one that never is."""
    types_AB = action_types(p_HA, share_H, situations)
    met_B = types_AB.sum(axis=0)
    chance_AB: Floats = np.divide(types_AB, met_B, out=np.full_like(types_AB, np.nan), where=met_B > 0)
    return chance_AB


def conditionality(
    p_HA: Floats, share_H: Floats, situations: int, *, action: int = 0, after: int = 0, otherwise: int = -1
) -> float:
    """The conditionality gap `P(C|C) − P(C|D)`, in [-1, 1]; 1 is tit for tat, 0 a constant player.

    Args:
        p_HA: the policy.
        share_H: share of decisions made in each history.
        situations: B.
        action: which action's chance is compared.
        after: the situation in which it is expected.
        otherwise: the one it is compared with; the last by default.

    Returns:
        NaN if one of the two situations never occurs.
    """
    chance_B = conditional(p_HA, share_H, situations)[action]
    return float(chance_B[after] - chance_B[otherwise])
