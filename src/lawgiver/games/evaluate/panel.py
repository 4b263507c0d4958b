"""Every framework's reward of every player, game by game and opponent by opponent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lawgiver.games import measures
from lawgiver.games.evaluate.numbers import finite, number
from lawgiver.games.evaluate.plan import Setup
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import solve
from lawgiver.games.problem import Problem

Document = dict[str, Any]


def panel_of(players: Mapping[str, Sequence[Floats]], setup: Setup) -> Document:
    """By opponent: what each framework pays the legal moves of each player on average, and what it could pay.

    Decisions weigh as the problem weighs them: each history that can occur alike, or discounted.

    Args:
        players: name → its tables, one for each unit.
        setup: the game.
    """
    return {opponent: _against(players, problems) for opponent, problems in setup.panel.items()}


def _against(players: Mapping[str, Sequence[Floats]], problems: Mapping[str, Problem]) -> Document:
    rewards = {name: problem.reward_HAB for name, problem in problems.items()}
    top = [float(reward_HAB.max()) for reward_HAB in rewards.values()]
    bottom = [float(reward_HAB.min()) for reward_HAB in rewards.values()]
    best = [_mean(solve(problem).p_HA, problem, {name: rewards[name]})[0] for name, problem in problems.items()]
    any_problem = next(iter(problems.values()))  # they differ in the reward alone

    def regret(means: Sequence[float | None]) -> list[float | None]:
        sides = zip(means, top, bottom, strict=True)
        return [None if m is None else (t - m) / (t - b) if t > b else 0.0 for m, t, b in sides]

    document: Document = {
        "frameworks": list(problems),
        **{"top": top, "bottom": bottom, "best": [finite(value) for value in best]},
        "best_regret": regret([finite(value) for value in best]),
        **{key: {} for key in ("mean", "low", "high", "regret")},
    }
    for name, tables in players.items():
        means_UF = np.array([_mean(p_HA, any_problem, rewards) for p_HA in tables])
        numbers = [number(means_UF[:, f].tolist()) for f in range(means_UF.shape[1])]
        document["mean"][name] = [each["estimate"] for each in numbers]
        if len(tables) > 1:
            for end in ("low", "high"):
                document[end][name] = [each[end] for each in numbers]
        document["regret"][name] = regret(document["mean"][name])
    return document


def _mean(p_HA: Floats, problem: Problem, rewards: Mapping[str, Floats]) -> list[float]:
    verdicts = measures.panel(p_HA, problem.q_HB, problem.share(p_HA), rewards)
    return [verdict.mean for verdict in verdicts.values()]
