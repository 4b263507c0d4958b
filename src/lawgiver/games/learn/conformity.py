"""What a learner does in the end, on the words it was trained with and on words it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from lawgiver.games import markov
from lawgiver.games.learn.objective import pooled
from lawgiver.games.learn.plan import Plan, Words, every_question
from lawgiver.games.learn.policy import Policy
from lawgiver.games.learn.reached import gap, legal, legalised
from lawgiver.games.learn.reasoned import Speaker, actions_of, frequencies
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import Oracle, solve
from lawgiver.games.problem import Problem
from lawgiver.games.stage import Stage, state_name

MOST_WORDS = 16


def spread(words: Sequence[Words], most: int = MOST_WORDS) -> list[Words]:
    """At most `most` word sets, evenly spaced over a pool."""
    if len(words) <= most:
        return list(words)
    return [words[round(k * (len(words) - 1) / (most - 1))] for k in range(most)]


def measure(plan: Plan, seat: int, policy: Policy, words: Sequence[Words]) -> tuple[Floats, Floats, dict[str, Any]]:
    """Ask every history with every word set, in layouts drawn once and for all.

    Returns:
        The pooled policy `(H, A)`, the raw probabilities of every prompt `(N, A)` with its histories in the last
        column, and the summary: `p` (among legal answers), `legal`, `legal_by_history`, `legal_least`.
    """
    asked = every_question(plan, seat, words)
    if plan.recipe.prompts.ask == "reason":
        said = cast("Speaker", policy).speak(asked, plan.recipe.samples, plan.recipe.prompts.max_new_tokens, seed=0)
        p_NA = frequencies(actions_of(asked, said), len(asked[0].answers))
    else:
        p_NA = np.exp(policy.action_logprobs(asked))
    history_N = np.array([question.state for question in asked], dtype=np.int64)
    histories = plan.seats[seat].problems[-1].histories
    p_HA = pooled(p_NA, history_N, histories)
    summary = {
        "words": len(words),
        "p": pooled(legalised(p_NA), history_N, histories).tolist(),
        "legal": float(p_NA.sum(axis=1).mean()),
        "legal_by_history": p_HA.sum(axis=1).tolist(),
        "legal_least": legal(p_NA),
    }
    return p_HA, np.column_stack([p_NA, history_N]), summary


def distance(answers_NX: Floats, oracle: Oracle) -> dict[str, float]:
    """How far a policy is from the optimum where that is unique: worst prompt, and worst history on average."""
    p_NA, history_N = answers_NX[:, :-1], answers_NX[:, -1].astype(np.int64)
    problem = oracle.problem
    mean_HA = pooled(legalised(p_NA), history_N, problem.histories)
    counts_H = (
        oracle.unique_H
        & problem.reachable_H
        & ~oracle.mixed_H
        & (np.bincount(history_N, minlength=problem.histories) > 0)
    )
    off_H = 1 - (mean_HA * oracle.best_HA).sum(axis=1)
    return {"gap": gap(p_NA, history_N, oracle), "off": float(off_H[counts_H].max()) if counts_H.any() else 0.0}


def last_problem(plan: Plan, seat: int, tables: Sequence[Floats]) -> Problem:
    """The last phase's problem of a seat; of two learners, against what the other has come to play."""
    own = plan.seats[seat].problems[-1]
    if len(tables) == 1:
        return own
    return own.against(markov.mirror(legalised(tables[1 - seat]), own.actions))


def policy_document(stage: Stage, p_HA: Floats, history: int) -> dict[str, Any]:
    """`policy.json`: what an opponent, a tournament or an evaluation plays as."""
    base = len(stage.actions) * len(stage.situations)
    names = [
        " ".join(state_name(stage, h // base ** (history - 1 - k) % base) for k in range(history))
        for h in range(base**history)
    ]
    return {"states": names, "actions": list(stage.actions), "p": p_HA.tolist()}


def oracles(plan: Plan, tables: Sequence[Floats]) -> list[Oracle]:
    """The optimum of each seat, given what the others have come to play."""
    return [solve(last_problem(plan, seat, tables)) for seat in range(len(tables))]
