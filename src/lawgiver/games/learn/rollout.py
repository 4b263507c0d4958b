"""Episodes sampled from a policy whose answer probabilities are known: no text is generated, nothing is approximated.

Drawing one of the A answers or "illegal" with their exact probabilities gives the same distribution of moves and
rewards as sampling tokens and parsing them. Shapes: N prompts to begin at, G episodes each, T rounds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.learn.objective import Indices, log_illegal
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
    rng: np.random.Generator,
) -> Episodes:
    """Play `samples` episodes from every prompt; later rounds ask a random prompt of the history then reached.

    Args:
        logp_NA: log-probabilities of the answers.
        history_N: the history each prompt shows.
        problem: rewards, prices of limits among them (see `objective.charged`), and opponent.
        samples: G.
        rounds: T; above 1 every history that can occur needs a prompt.
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
    for t in range(rounds):
        here_NG = history_N[prompt_NG]
        action_NG = _draw(p_NX[prompt_NG], rng)
        other_NG = _draw(problem.q_HB[here_NG], rng)
        illegal_NG = action_NG == problem.actions
        made_NG = np.where(illegal_NG, own_H[here_NG], action_NG)  # an illegal move leaves the last one standing
        reward_NG = problem.reward_HAB[here_NG, made_NG, other_NG]
        prompts.append(prompt_NG)
        actions.append(action_NG)
        rewards.append(np.where(illegal_NG, problem.illegal, reward_NG))
        if t < rounds - 1:  # what a last round leads to may have no prompt
            next_NG = problem.next_HAB[here_NG, made_NG, other_NG]
            pick_NG = (rng.random(next_NG.shape) * shown_H[next_NG]).astype(np.int64)
            prompt_NG = order[first_H[next_NG] + pick_NG]
    return Episodes(np.stack(prompts), np.stack(actions), np.stack(rewards))


def returns(reward_TNG: Floats, gamma: float) -> Floats:
    """Discounted reward from each round on, times 1 − γ to be per round as `Problem.value` is, `(T, N, G)`."""
    ahead = np.zeros_like(reward_TNG[0])
    out_TNG = np.zeros_like(reward_TNG)
    for t in range(len(reward_TNG) - 1, -1, -1):
        ahead = reward_TNG[t] + gamma * ahead
        out_TNG[t] = (1 - gamma) * ahead
    return out_TNG


def stakes(history_N: Indices, rounds: int, problem: Problem) -> Floats:
    """What a choice counts in the objective: γᵗ, and more where fewer prompts show its first history, `(T, N, 1)`."""
    count_H = np.bincount(history_N, minlength=problem.histories)
    weight_N = (problem.weight_H / np.maximum(count_H, 1))[history_N]
    stakes_TN1: Floats = problem.gamma ** np.arange(rounds)[:, None, None] * (weight_N / weight_N.mean())[:, None]
    return stakes_TN1


def score_weights(logp_NA: Floats, episodes: Episodes, credit_TNG: Floats) -> Floats:
    """Turn credit for sampled moves into weights on `log p_NA` (score function), averaged over the N·G episodes.

    An illegal answer has `log p = log(1 − Σ p)`, whose gradient falls on all A legal answers.
    """
    weights_NX = np.zeros((logp_NA.shape[0], logp_NA.shape[1] + 1))
    np.add.at(weights_NX, (episodes.prompt_TNG, episodes.action_TNG), credit_TNG)
    odds_NA = np.exp(logp_NA - log_illegal(logp_NA)[:, None])
    weights_NA: Floats = weights_NX[:, :-1] - weights_NX[:, -1:] * odds_NA
    mean_NA: Floats = weights_NA / episodes.action_TNG[0].size
    return mean_NA


def chosen_logps(logp_NA: Floats, episodes: Episodes) -> Floats:
    """`log p` of each sampled move, illegality included, `(T, N, G)`."""
    both_NX = np.column_stack([logp_NA, log_illegal(logp_NA)])
    chosen_TNG: Floats = both_NX[episodes.prompt_TNG, episodes.action_TNG]
    return chosen_TNG


def _draw(p_NGX: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    cumulative = np.cumsum(p_NGX, axis=-1)
    point = rng.random(p_NGX.shape[:-1])[..., None] * cumulative[..., -1:]
    drawn: NDArray[np.int64] = (point >= cumulative).sum(axis=-1).clip(max=p_NGX.shape[-1] - 1)
    return drawn
