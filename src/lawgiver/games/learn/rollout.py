"""Episodes sampled from a policy whose answer probabilities are known: no text is generated, nothing is approximated.

Drawing one of the A answers or "illegal" with their exact probabilities gives the same distribution of moves and
rewards as sampling tokens and parsing them. Shapes: N prompts to begin at, G episodes each, T rounds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.learn.objective import Indices
from lawgiver.games.markov import Floats, own_last
from lawgiver.games.problem import Problem


class Episodes(NamedTuple):
    """What was sampled."""

    prompt_TNG: Indices
    """Which of the N prompts was asked."""
    action_TNG: Indices
    """The action; A for an illegal answer."""
    reward_TNG: Floats


def sample(
    logp_NA: Floats,
    history_N: Indices,
    problem: Problem,
    *,
    samples: int,
    rounds: int,
    price_HA: Floats | None,
    rng: np.random.Generator,
) -> Episodes:
    """Play `samples` episodes from every prompt; later rounds ask a random prompt of the history then reached.

    Args:
        logp_NA: log-probabilities of the answers.
        history_N: the history each prompt shows.
        problem: rewards and opponent.
        samples: G.
        rounds: T.
        price_HA: what an action costs on top (multipliers times excess costs).
        rng: source of all randomness.
    """
    p_NX = np.exp(logp_NA)
    p_NX = np.column_stack([p_NX, np.maximum(1 - p_NX.sum(axis=1), 0)])
    shown_H = np.bincount(history_N, minlength=problem.histories)
    order = np.argsort(history_N, kind="stable")
    first_H = np.concatenate([[0], np.cumsum(shown_H)[:-1]])
    own_H = own_last(*problem.reward_HAB.shape)
    prompt_NG = np.broadcast_to(np.arange(len(logp_NA))[:, None], (len(logp_NA), samples))
    prompts, actions, rewards = [], [], []
    for _ in range(rounds):
        here_NG = history_N[prompt_NG]
        action_NG = _draw(p_NX[prompt_NG], rng)
        other_NG = _draw(problem.q_HB[here_NG], rng)
        illegal_NG = action_NG == problem.actions
        made_NG = np.where(illegal_NG, own_H[here_NG], action_NG)  # an illegal move leaves the last one standing
        reward_NG = problem.reward_HAB[here_NG, made_NG, other_NG]
        if price_HA is not None:
            reward_NG = reward_NG - price_HA[here_NG, made_NG]
        prompts.append(prompt_NG)
        actions.append(action_NG)
        rewards.append(np.where(illegal_NG, problem.illegal, reward_NG))
        next_NG = problem.next_HAB[here_NG, made_NG, other_NG]
        pick_NG = (rng.random(next_NG.shape) * shown_H[next_NG]).astype(np.int64)
        prompt_NG = order[first_H[next_NG] + pick_NG]
    return Episodes(np.stack(prompts), np.stack(actions), np.stack(rewards))


def returns(reward_TNG: Floats, gamma: float) -> Floats:
    """Discounted reward from each round on, `(T, N, G)`, times γᵗ: what a round's choice adds to the episode's value."""
    ahead = np.zeros_like(reward_TNG[0])
    out_TNG = np.zeros_like(reward_TNG)
    for t in range(len(reward_TNG) - 1, -1, -1):
        ahead = reward_TNG[t] + gamma * ahead
        out_TNG[t] = gamma**t * ahead
    return out_TNG


def score_weights(logp_NA: Floats, episodes: Episodes, credit_TNG: Floats) -> Floats:
    """Turn credit for sampled moves into weights on `log p_NA` (score function), averaged over the N·G episodes.

    An illegal answer has `log p = log(1 − Σ p)`, whose gradient falls on all A legal answers.
    """
    weights_NX = np.zeros((logp_NA.shape[0], logp_NA.shape[1] + 1))
    np.add.at(weights_NX, (episodes.prompt_TNG, episodes.action_TNG), credit_TNG)
    p_NA = np.exp(logp_NA)
    illegal_N1 = np.maximum(1 - p_NA.sum(axis=1, keepdims=True), 1e-12)
    weights_NA: Floats = weights_NX[:, :-1] - weights_NX[:, -1:] * p_NA / illegal_N1
    return weights_NA / episodes.action_TNG[0].size


def chosen_logps(logp_NA: Floats, episodes: Episodes) -> Floats:
    """`log p` of each sampled move, illegality included, `(T, N, G)`."""
    illegal_N = np.log(np.maximum(1 - np.exp(logp_NA).sum(axis=1), 1e-12))
    both_NX = np.column_stack([logp_NA, illegal_N])
    chosen_TNG: Floats = both_NX[episodes.prompt_TNG, episodes.action_TNG]
    return chosen_TNG


def _draw(p_NGX: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    cumulative = np.cumsum(p_NGX, axis=-1)
    point = rng.random(p_NGX.shape[:-1])[..., None] * cumulative[..., -1:]
    drawn: NDArray[np.int64] = (point >= cumulative).sum(axis=-1).clip(max=p_NGX.shape[-1] - 1)
    return drawn
