"""Everything that is measured of one policy in one game, from its exact table."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from lawgiver.games import markov, measures
from lawgiver.games.evaluate.plan import Setup
from lawgiver.games.learn.reached import legalised
from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem
from lawgiver.games.stage import Stage

Document = dict[str, Any]


def measure(p_HA: Floats, setup: Setup, rounds: int, flipped_HA: Floats | None = None) -> Document:
    """Measure a policy; undefined numbers are NaN.

    What is said of choices (`right`, `conditionality`, `choice`, `sensitivity`) is said of legal answers, so that a
    model is not called moral or immoral for its bad spelling. Rewards charge illegal answers; in play an illegal answer
    counts as the last move again.

    Args:
        p_HA: probabilities of the answers, illegal mass left out of each row.
        setup: the game.
        rounds: length of the episode, from uniform first histories, in which moves and welfare are counted.
        flipped_HA: answers when the payoffs of the actions are exchanged.
    """
    stage = setup.stage
    legal_HA = legalised(p_HA)
    even_H = np.full(len(p_HA), 1 / len(p_HA))
    situations = len(stage.situations)
    names = measures.type_names(stage)
    document: Document = {
        "legal": measures.legality(p_HA, even_H),
        "right": right(p_HA, setup),
        "conditionality": measures.conditionality(legal_HA, even_H, situations),
        "after": _named(names, measures.conditional(p_HA, even_H, situations)),
        "choice": _named(names[:-1], measures.conditional(legal_HA, even_H, situations)[:-1]),
        "exploitability": _exploitability(p_HA, stage),
        "opponents": {name: _against(p_HA, each, rounds) for name, each in setup.problems.items()},
    }
    if flipped_HA is not None:
        found = measures.payoff_sensitivity(legal_HA, legalised(flipped_HA), even_H)
        document["sensitivity"] = {"change": found.change, "inconsistency": found.inconsistency}
    if stage.players == 2 and tuple(s[0] for s in stage.situations) == stage.actions:
        own_HB = markov.mirror(markov.legalised(p_HA, situations))
        document["self_play"] = {
            "forgiveness": _forgiveness(p_HA, own_HB),
            "welfare": _welfare(p_HA, own_HB, even_H, stage, rounds),
        }
    return document


def right(p_HA: Floats, setup: Setup) -> float:
    """Mean P(optimal | legal) over the histories that can occur and have one optimum; NaN if none has."""
    decided_H = setup.decided_H
    if not decided_H.any():
        return float("nan")
    return float((legalised(p_HA) * setup.oracle.best_HA).sum(axis=1)[decided_H].mean())


def distance(p_HA: Floats, other_HA: Floats) -> float:
    """Mean total variation of two policies over histories, an illegal answer counted as an answer of its own."""
    illegal_H = np.abs(p_HA.sum(axis=1) - other_HA.sum(axis=1))
    return float((np.abs(p_HA - other_HA).sum(axis=1) + illegal_H).mean() / 2)


def _against(p_HA: Floats, problem: Problem, rounds: int) -> Document:
    found = measures.regret(p_HA, problem)
    played_H = markov.visited(p_HA, problem.q_HB, problem.weight_H, rounds)
    types_AB = measures.action_types(p_HA, played_H, len(problem.stage.situations))
    return {
        "value": found.mean,
        "behind_best": found.behind_best,
        "normalised": found.normalised,
        "ahead_of": found.ahead_of,
        "types": _named(measures.type_names(problem.stage), types_AB),
        "forgiveness": _forgiveness(p_HA, problem.q_HB),
        "welfare": _welfare(p_HA, problem.q_HB, problem.weight_H, problem.stage, rounds),
    }


def _exploitability(p_HA: Floats, stage: Stage) -> Document:
    found = measures.exploitability(p_HA, stage)
    return {
        **{each.name: getattr(found, each.name) for each in fields(found)},
        **{"advantage": found.advantage, "gain": found.gain, "shortfall": found.shortfall},
    }


def _forgiveness(p_HA: Floats, q_HB: Floats) -> Document:
    found = measures.forgiveness(p_HA, q_HB)
    return {"eventually": found.eventually, "within": found.within, "rounds": found.rounds}


def _welfare(p_HA: Floats, q_HB: Floats, start_H: Floats, stage: Stage, rounds: int) -> Document:
    played_H = markov.visited(p_HA, q_HB, start_H, rounds)
    found = measures.welfare(stage, measures.joint_moves(p_HA, q_HB, played_H))
    return {
        "own": found.payoffs_N[0],
        **{"collective": found.collective, "minimum": found.minimum},
        **{"gini": found.gini, "gini_of_means": found.gini_of_means},
    }


def _named(names: list[list[str]], values_AB: Floats) -> Document:
    return {names[a][b]: float(values_AB[a, b]) for b in range(values_AB.shape[1]) for a in range(values_AB.shape[0])}
