"""A round robin of memory-one players: our wall time and scores against the Axelrod library's. Prints JSON.

The same players, all pairs, each against its own copy too, 200 rounds, no noise, payoffs 3, 0, 4, 1. The library plays
every match once in plain `Match` objects, without the overhead of its tournament class. Scores of two deterministic
players must be equal to the last bit. Scores of the others are expectations here and one sample there, so the mean
difference of each player over its matches has a 95 % interval that should hold 0 about 95 times in 100.

Needs `axelrod==4.14.0`; without it only our times are measured.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from lawgiver.data.rundir import environment
from lawgiver.games.catalogue import game
from lawgiver.games.opponents.memory import memory
from lawgiver.games.tournament import round_robin

TARGET_TIMES_FASTER = 50
CLASSICAL = (
    (0.5, 0.5, 0.5, 0.5),  # random
    (1, 1 / 3, 1, 1 / 3),  # generous tit for tat
    (0.9, 0, 0.9, 0),  # Joss
    (1, 0.1, 1, 0.1),  # soft Joss
    (1, 0, 1, 2 / 3),  # firm but fair
    (0.95, 0.05, 0.05, 0.95),  # stochastic win-stay, lose-shift
    (0.935, 0.229, 0.266, 0.42),  # stochastic cooperator
    (8 / 9, 1 / 2, 1 / 3, 0),  # extortion
    (2 / 7, 2 / 7, 2 / 7, 2 / 7),  # Grofman
)
Floats = NDArray[np.float64]


def field(players: int, seed: int) -> list[tuple[float, tuple[float, ...]]]:
    """(P(C) in the first round, four-vector): all 32 deterministic players, the classical ones, then random ones."""
    pure = [(float(first), tuple(map(float, p_4))) for first, *p_4 in product((1, 0), repeat=5)]
    rng = np.random.default_rng(seed)
    drawn = [(float(rng.integers(2)), tuple(rng.random(4).tolist())) for _ in range(players)]
    return [*pure, *((1.0, p_4) for p_4 in CLASSICAL), *drawn][:players]


def timed(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Wall time of the fastest call, and what it gave."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - began)
    return min(seconds), result


def axelrod_scores(players: list[tuple[float, tuple[float, ...]]], rounds: int, seed: int) -> tuple[float, Floats]:
    """Wall time, and `[i, j]` what i got a round against j."""
    axelrod = importlib.import_module("axelrod")

    made = [axelrod.MemoryOnePlayer(p_4, axelrod.Action.C if first else axelrod.Action.D) for first, p_4 in players]
    stage = axelrod.Game(r=3, s=0, t=4, p=1)
    copies = [each.clone() for each in made]
    scores = np.zeros((len(made), len(made)))
    began = time.perf_counter()
    for number, (i, j) in enumerate(zip(*np.triu_indices(len(made)), strict=True)):
        match = axelrod.Match((made[i], copies[j]), turns=rounds, game=stage, seed=seed + number)
        match.play()
        own, other = match.final_score()
        scores[j, i] += other / rounds
        scores[i, j] = own / rounds if i != j else (own + other) / rounds / 2
    return time.perf_counter() - began, scores


def compare(ours: Floats, theirs: Floats, pure: NDArray[np.bool_]) -> dict[str, Any]:
    both_pure = np.outer(pure, pure)
    chance = ~both_pure & ~np.eye(len(pure), dtype=bool)
    inside, apart = 0, []
    for own, other, drawn in zip(ours, theirs, chance, strict=True):
        difference = (other - own)[drawn]
        half = student.ppf(0.975, len(difference) - 1) * difference.std(ddof=1) / np.sqrt(len(difference))
        inside += bool(abs(difference.mean()) <= half)
        apart.append(abs(float(difference.mean())))
    return {
        "deterministic_pairs": int(both_pure[np.triu_indices(len(pure))].sum()),
        "deterministic_pairs_equal": int((both_pure & (ours == theirs))[np.triu_indices(len(pure))].sum()),
        "players": len(pure),
        "players_whose_interval_holds_ours": inside,
        "largest_difference_of_a_mean": round(max(apart), 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--players", type=int, default=200, help="at least 42, so that every kind is there")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    players = field(max(42, options.players), options.seed)
    members = [memory(*p_4, first=first) for first, p_4 in players]
    ipd = game("ipd")
    seconds, computed = timed(lambda: round_robin(ipd, members, rounds=options.rounds, repetitions=1), 5)
    play_s, _ = timed(lambda: round_robin(ipd, members, rounds=options.rounds, repetitions=1, exact=False), 3)
    report: dict[str, Any] = {
        "machine": environment()["machine"],
        "load_1min": round(os.getloadavg()[0], 2),
        "players": len(players),
        "pairs": len(players) * (len(players) + 1) // 2,
        "rounds": options.rounds,
        "computed_s": round(seconds, 4),
        "played_out_once_s": round(play_s, 4),
    }
    if importlib.util.find_spec("axelrod") is None:
        report["axelrod"] = "not installed: pip install axelrod==4.14.0"
        print(json.dumps(report, indent=2))
        return 0
    axelrod_s, theirs = axelrod_scores(players, options.rounds, options.seed)
    pure = np.array([first in (0, 1) and all(p in (0, 1) for p in p_4) for first, p_4 in players])
    scores = compare(computed.scores_RKK[0], theirs, pure)
    report |= {
        "axelrod_s": round(axelrod_s, 2),
        "times_faster": {
            "computed": round(axelrod_s / seconds),
            "played_out": round(axelrod_s / play_s),
            "target": TARGET_TIMES_FASTER,
        },
        "scores": scores,
    }
    print(json.dumps(report, indent=2))
    equal = scores["deterministic_pairs"] == scores["deterministic_pairs_equal"]
    agree = scores["players_whose_interval_holds_ours"] >= 0.88 * scores["players"]
    return 0 if equal and agree and axelrod_s / seconds >= TARGET_TIMES_FASTER else 1


if __name__ == "__main__":
    sys.exit(main())
