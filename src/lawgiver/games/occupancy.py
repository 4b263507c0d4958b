"""Maximise one reward while keeping limits on mean costs: a linear programme over how often each move is made.

An occupancy `x_HA` is the discounted share of decisions made in history h with action a. Rewards, costs and the flow
between histories are linear in it, policies are not (Altman 1999, Constrained Markov Decision Processes, ch. 3).
Every move is legal here: a policy that evades a limit by illegal moves is not what was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from lawgiver.games.markov import Floats
from lawgiver.outcome import ConfigurationError


def constrained_optimum(
    reward_HA: Floats,
    step_HAH: Floats,
    start_H: Floats,
    gamma: float,
    excess_CHA: Floats,
    names: Sequence[str],
) -> tuple[Floats, Floats]:
    """Maximise `Σ x·reward` subject to `Σ x·excess_c ≤ 0` for every limit c.

    Args:
        reward_HA: expected reward of an action, payoff units.
        step_HAH: where it leads, see `markov.step_kernel`.
        start_H: where decisions start; sums to 1. At γ = 0 these are all the decisions there are.
        gamma: discount in [0, 1).
        excess_CHA: cost minus limit where the cost applies, 0 elsewhere.
        names: of the limits, for the error.

    Returns:
        The occupancies `x_HA`, which sum to 1, and the price of each limit `(C,)`, at least 0. The optimum may not
        be the only one.

    Raises:
        ConfigurationError: if no policy keeps all limits.
    """
    histories, actions = reward_HA.shape
    leaves = np.repeat(np.eye(histories), actions, axis=1)
    arrives = step_HAH.reshape(histories * actions, histories).T
    result = linprog(
        -reward_HA.ravel(),
        A_ub=excess_CHA.reshape(len(excess_CHA), -1),
        b_ub=np.zeros(len(excess_CHA)),
        A_eq=leaves - gamma * arrives,
        b_eq=(1 - gamma) * start_H,
        method="highs",
    )
    if not result.success:
        raise ConfigurationError(
            f"no policy keeps {', '.join(names)} within the limits against this opponent; raise a limit "
            f"({str(result.message).splitlines()[0]})"
        )
    return np.maximum(result.x, 0).reshape(histories, actions), np.maximum(-result.ineqlin.marginals, 0)
