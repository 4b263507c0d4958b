"""Constant and reciprocal players to compare a policy with."""

from __future__ import annotations

import numpy as np

from lawgiver.games.markov import Floats, situation_last
from lawgiver.games.problem import Problem


def constant(histories: int, actions: int, action: int) -> Floats:
    """Always the same action: `p_HA`."""
    return np.tile(np.eye(actions)[action], (histories, 1))


def tit_for_tat(histories: int, actions: int) -> Floats:
    """Repeat the other's last move, in a two-player game where both have the same actions: `p_HA`."""
    return np.eye(actions)[situation_last(histories, actions)]


def reference_players(problem: Problem) -> dict[str, Floats]:
    """Always each action (`always C`, ...), and `tit for tat` where the other player has the same actions."""
    stage = problem.stage
    players = {
        f"always {name}": constant(problem.histories, problem.actions, a) for a, name in enumerate(stage.actions)
    }
    if stage.players == 2 and len(stage.situations) == len(stage.actions):
        players["tit for tat"] = tit_for_tat(problem.histories, problem.actions)
    return players
