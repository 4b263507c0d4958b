"""What a tournament's matches say: who scores how much, who would take over, and how it compares."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.games.tournament.config import Tournament
from lawgiver.games.tournament.memoryone import Floats
from lawgiver.games.tournament.moran import even_start, fixation, simulate
from lawgiver.games.tournament.replicator import replicator
from lawgiver.games.tournament.roundrobin import Scores, mean
from lawgiver.stats import bootstrap_mean, wilson

POINTS = 101  # of a trajectory; enough for a smooth line
RESAMPLES = 2000


def ends(values_R: Floats, sampled: bool, seed: int) -> tuple[float | None, float | None]:
    """Ends of the 95 % interval of a mean over repetitions; those of a number that was computed are the number.

    One repetition shows no spread, so there are none.
    """
    if sampled and len(values_R) == 1:
        return None, None
    if not sampled or np.all(values_R == values_R[0]):
        return float(values_R[0]), float(values_R[0])
    interval = bootstrap_mean(values_R, seed=seed, resamples=RESAMPLES)
    return interval.low, interval.high


def ranking(names: list[str], played: Scores, seed: int) -> list[dict[str, Any]]:
    """Players by their mean score a round over all others; a match against one's own copy does not count."""
    others_PP = ~np.eye(len(names), dtype=bool)
    rows = []
    for i, name in enumerate(names):
        score_R = played.scores_RKK[:, i, others_PP[i]].mean(axis=1)
        sampled = bool(played.sampled_KK[i, others_PP[i]].any())
        low, high = ends(score_R, sampled, seed)
        cooperation = float(played.cooperation_KK[i, others_PP[i]].mean())
        row = {"player": name, "score": float(mean(score_R)), "low": low, "high": high}
        rows.append({**row, "cooperation": cooperation, "sampled": sampled})
    # the name decides between equals, so that the order does not hang on the last bit
    return sorted(rows, key=lambda row: (-round(row["score"], 9), row["player"]))


def baselines(tournament: Tournament, members: Scores, seed: int) -> dict[str, Any]:
    """What simple strategies would score against this field, each leaving out its own copy, if it takes part."""
    scores_RKP = members.scores_RKK @ tournament.weights_PK.T
    sampled_KP = (members.sampled_KK @ (tournament.weights_PK > 0).T) > 0
    field = {}
    for name, k in tournament.baselines.items():
        others_P = np.array([player != name for player in tournament.names])
        score_R = scores_RKP[:, k, others_P].mean(axis=1)
        low, high = ends(score_R, bool(sampled_KP[k, others_P].any()), seed)
        field[name] = {"score": float(mean(score_R)), "low": low, "high": high}
    payoffs_2AB = tournament.game.payoffs_2AB
    both = {
        f"both {action}": float(payoffs_2AB[:, a, a].mean()) for a, action in enumerate(tournament.game.row_actions)
    }
    return {"payoffs": both, "against_the_field": field}


def moran(tournament: Tournament, payoffs_PP: Floats, seed: np.random.SeedSequence) -> dict[str, Any]:
    """The Moran process from an even start, and the exact chance of one among many of another."""
    config = tournament.config
    rng = np.random.default_rng(seed)
    start_RP = even_start(len(payoffs_PP), config.population, config.runs, rng)
    done = simulate(payoffs_PP, start_RP, rng, selection=config.selection, limit=config.births)
    takeover = []
    for name, wins in zip(tournament.names, done.winners_T.tolist(), strict=True):
        interval = wilson(wins, config.runs)
        takeover.append({"player": name, "share": interval.estimate, "low": interval.low, "high": interval.high})
    return {
        "population": config.population,
        "selection": config.selection,
        "runs": config.runs,
        "takeover": takeover,
        "unfinished": done.unfinished,
        "births": float(done.steps_R.mean()),
        "neutral": {"takeover": 1 / len(payoffs_PP), "fixation": 1 / config.population},
        "fixation": fixation(payoffs_PP, config.population, config.selection).tolist(),
    }


def shares(tournament: Tournament, payoffs_PP: Floats) -> dict[str, Any]:
    """Replicator dynamics from equal shares."""
    config = tournament.config
    even_P = np.full(len(payoffs_PP), 1 / len(payoffs_PP))
    times_K = np.linspace(0, config.horizon, POINTS)
    path = replicator(payoffs_PP, even_P, times_K, mutation=config.mutation)
    return {"mutation": config.mutation, "times": path.times_K.tolist(), "shares": path.shares_KT.tolist()}


def matrices(played: Scores, seed: int) -> dict[str, Any]:
    """Mean score and cooperation of every player against every other, with intervals where they were played out."""
    players = range(len(played.sampled_KK))
    pairs = [[ends(played.scores_RKK[:, i, j], bool(played.sampled_KK[i, j]), seed) for j in players] for i in players]
    return {
        "scores": played.score_KK.tolist(),
        "scores_low": [[low for low, _ in row] for row in pairs],
        "scores_high": [[high for _, high in row] for row in pairs],
        "cooperation": played.cooperation_KK.tolist(),
        "sampled": played.sampled_KK.tolist(),
    }
