"""Repeated play as a Markov chain: what a policy earns, exactly, and which way it should change.

A policy `p_HA` holds a row of action probabilities for each history h of the last k rounds; what a row lacks to 1 is
the chance of an illegal move. The others are a table `q_HB` over the same histories, in the learner's view. A history
is a number in base A*B, a digit a round, oldest first, each digit `a * B + b`; with k = 1 it is the last joint move.

An illegal move leaves the learner's own last move standing while the others' is recorded, and earns `illegal`.
The functions accept complex arrays and are analytic in `p` and `q` (nothing is conjugated, clipped or compared), so
they can be differentiated by a complex step. Lengths of rows are what tell A and B: `p_HA` is (H, A), `q_HB` (H, B).
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]
NEVER = 1e-12
"""Chances up to this are rounding (what rows lack to 1) and open no way in the long run."""

Number = TypeVar("Number", np.float64, np.complex128, np.intp)


def successors(histories: int, actions: int, situations: int) -> Indices:
    """The history that follows history h when a round ends in (a, b): `next_HAB`."""
    last_AB = np.arange(actions * situations).reshape(actions, situations)
    # the remainder drops the oldest round
    return (np.arange(histories)[:, None, None] * (actions * situations) + last_AB) % histories


def own_last(histories: int, actions: int, situations: int) -> Indices:
    """The learner's own action in the newest round of each history: `own_H`."""
    return np.arange(histories) % (actions * situations) // situations


def situation_last(histories: int, situations: int) -> Indices:
    """What the others did in the newest round of each history: `situation_H`."""
    return np.arange(histories) % situations


def legalised(p_HA: NDArray[Number], situations: int) -> NDArray[Number]:
    """The moves that are recorded: illegal mass counts for the own last move. Rows sum to 1."""
    histories, actions = p_HA.shape
    recorded_HA = p_HA.copy()
    recorded_HA[np.arange(histories), own_last(histories, actions, situations)] += 1 - p_HA.sum(axis=1)
    return recorded_HA


def step_kernel(q_HB: NDArray[Number], actions: int) -> NDArray[Number]:
    """Where each move leads: `step_HAH[h, a, h']`, the chance of history h' after the recorded action a in h."""
    histories, situations = q_HB.shape
    step_HAH = np.zeros((histories, actions, histories), dtype=q_HB.dtype)
    next_HAB = successors(histories, actions, situations)
    step_HAH[np.arange(histories)[:, None, None], np.arange(actions)[:, None], next_HAB] = q_HB[:, None, :]
    return step_HAH


def transition(p_HA: NDArray[Any], q_HB: NDArray[Any]) -> NDArray[Any]:
    """The Markov matrix `M_HH[h, h']` of the histories; rows sum to 1."""
    recorded_HA = legalised(p_HA, q_HB.shape[1])
    moved: NDArray[Any] = np.einsum("ha,hak->hk", recorded_HA, step_kernel(q_HB, p_HA.shape[1]))
    return moved


def expected(q_HB: NDArray[Any], reward_HAB: NDArray[Any]) -> NDArray[Any]:
    """The reward of each action, averaged over what the others do: `reward_HA`."""
    averaged: NDArray[Any] = np.einsum("hb,hab->ha", q_HB, reward_HAB)
    return averaged


def round_reward(p_HA: NDArray[Any], reward_HA: NDArray[Any], illegal: float) -> NDArray[Any]:
    """The expected reward `r_H` of the next round in each history."""
    earned: NDArray[Any] = (p_HA * reward_HA).sum(axis=1) + illegal * (1 - p_HA.sum(axis=1))
    return earned


def values(
    p_HA: NDArray[Any], q_HB: NDArray[Any], reward_HAB: NDArray[Any], *, gamma: float, illegal: float
) -> NDArray[Any]:
    """The discounted value of each history, `V_H = (I − γM)⁻¹ r`.

    Args:
        p_HA: the learner's policy; what a row lacks to 1 is illegal.
        q_HB: the others', in the learner's view.
        reward_HAB: payoff units.
        gamma: discount, in [0, 1). At 0 the value is the next round's reward.
        illegal: what an illegal move earns.
    """
    reward_H = round_reward(p_HA, expected(q_HB, reward_HAB), illegal)
    if gamma == 0:
        return reward_H
    solved: NDArray[Any] = np.linalg.solve(np.eye(len(p_HA)) - gamma * transition(p_HA, q_HB), reward_H)
    return solved


def value(
    p_HA: NDArray[Any],
    q_HB: NDArray[Any],
    reward_HAB: NDArray[Any],
    start_H: Floats,
    *,
    gamma: float,
    illegal: float,
) -> Any:
    """The discounted value `v₀ᵀ(I − γM)⁻¹ r` from histories drawn from `start_H`; times 1 − γ it is per round."""
    return start_H @ values(p_HA, q_HB, reward_HAB, gamma=gamma, illegal=illegal)


def log_gradient(
    p_HA: NDArray[Any],
    q_HB: NDArray[Any],
    reward_HAB: NDArray[Any],
    start_H: Floats,
    *,
    gamma: float,
    illegal: float,
) -> NDArray[Any]:
    """The gradient of `value` in log p: `dV / dlog p_HA`, by the adjoint.

    Every entry of p is a free variable and illegality is `1 − Σ_a p`, so a larger p(a) takes its mass from illegal
    moves: `dV/dp(a|h) = d(h) · (Q(h, a) − Q(h, illegal))` with the discounted visits `dᵀ = v₀ᵀ(I − γM)⁻¹`. On
    logits of a softmax over the legal actions, with gradient g_HA, this becomes `g − p Σ_a g`.
    """
    histories, actions = p_HA.shape
    reward_HA = expected(q_HB, reward_HAB)
    step_HAH = step_kernel(q_HB, actions)
    resolvent_HH = np.eye(histories) - gamma * transition(p_HA, q_HB)
    value_H = np.linalg.solve(resolvent_HH, round_reward(p_HA, reward_HA, illegal))
    visits_H = np.linalg.solve(resolvent_HH.T, start_H)
    ahead_HA = gamma * (step_HAH @ value_H)
    own_H = own_last(histories, actions, q_HB.shape[1])
    illegal_H = illegal + ahead_HA[np.arange(histories), own_H]
    gradient: NDArray[Any] = p_HA * visits_H[:, None] * (reward_HA + ahead_HA - illegal_H[:, None])
    return gradient


def discounted(p_HA: Floats, q_HB: Floats, start_H: Floats, gamma: float) -> Floats:
    """The discounted share of decisions made in each history, `(1 − γ)·v₀ᵀ(I − γM)⁻¹`; `(H,)`, sums to 1."""
    resolvent_HH = np.eye(len(p_HA)) - gamma * transition(p_HA, q_HB)
    return np.asarray((1 - gamma) * np.linalg.solve(resolvent_HH.T, start_H))


def visited(p_HA: Floats, q_HB: Floats, start_H: Floats, rounds: int) -> Floats:
    """The share of the first `rounds` decisions that are made in each history, `(H,)`, sums to 1."""
    moved_HH = transition(p_HA, q_HB)
    here_H, total_H = start_H, np.zeros_like(start_H)
    for _ in range(rounds):
        total_H = total_H + here_H
        here_H = here_H @ moved_HH
    return total_H / rounds


def stationary(p_HA: Floats, q_HB: Floats, start_H: Floats) -> Floats:
    """The long-run share of decisions made in each history, `(H,)`, sums to 1.

    The limit of `visited`. It exists for every chain, periodic ones included, and depends on `start_H` where the
    chain has several closed classes (two tit-for-tats may echo each other's defection for ever).
    """
    moved_HH = transition(p_HA, q_HB)
    open_HH = moved_HH > NEVER
    count, label_H = connected_components(csr_array(open_HH), directed=True, connection="strong")
    closed_H = ~(open_HH & (label_H[:, None] != label_H)).any(axis=1)
    closed_of = np.ones(count, dtype=bool)
    np.logical_and.at(closed_of, label_H, closed_H)
    settled_H = closed_of[label_H]
    # expected visits to what is left for ever, and from there the first step into a closed class
    transient_T = np.flatnonzero(~settled_H)
    arrived_H = np.where(settled_H, start_H, 0.0)
    if transient_T.size:
        inner_TT = moved_HH[np.ix_(transient_T, transient_T)]
        visits_T = np.linalg.solve(np.eye(transient_T.size) - inner_TT.T, start_H[transient_T])
        arrived_H = np.where(settled_H, arrived_H + visits_T @ moved_HH[transient_T], 0.0)
    share_H = np.zeros_like(start_H)
    for which in np.flatnonzero(closed_of):
        members_C = np.flatnonzero(label_H == which)
        inner_CC = moved_HH[np.ix_(members_C, members_C)]
        balance = np.vstack([inner_CC.T - np.eye(members_C.size), np.ones(members_C.size)])
        target = np.append(np.zeros(members_C.size), 1.0)
        share_H[members_C] = arrived_H[members_C].sum() * np.linalg.lstsq(balance, target, rcond=None)[0]
    return share_H


def reachable(q_HB: Floats, actions: int) -> Bools:
    """The histories that can still occur after any number of rounds, whatever the learner plays: `(H,)`.

    The largest set that is its own image under every own action and every move the others make with positive
    probability: against unconditional cooperation, the histories in which the others always cooperated.
    """
    histories, situations = q_HB.shape
    next_HAB = successors(histories, actions, situations)
    possible_HAB = np.broadcast_to((q_HB > 0)[:, None, :], next_HAB.shape)
    inside_H = np.ones(histories, dtype=bool)
    while True:
        image_H = np.zeros(histories, dtype=bool)
        image_H[next_HAB[possible_HAB & inside_H[:, None, None]]] = True
        if (image_H == inside_H).all():
            return inside_H
        inside_H = image_H


def mirror(p_HA: NDArray[Number], other_actions: int | None = None) -> NDArray[Number]:
    """A two-player policy table, seen by the other player: (a, b) becomes (b, a) in every round of the history.

    Args:
        p_HA: over the histories of the player who uses it.
        other_actions: how many actions the other player has; as many as this one when left out.
    """
    histories, own = p_HA.shape
    other = own if other_actions is None else other_actions
    rounds = round(np.log(histories) / np.log(own * other))
    digits = p_HA.reshape(*(own, other) * rounds, own)
    swapped = [axis for k in range(rounds) for axis in (2 * k + 1, 2 * k)]
    return digits.transpose(*swapped, 2 * rounds).reshape(histories, own)
