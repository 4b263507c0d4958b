"""What needs no language model: estimators against each other, the size of ξ, and the gradient against Monte Carlo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy.stats import binom, norm

from lawgiver.charter import Charter
from lawgiver.games.algebra import framework
from lawgiver.games.catalogue import game
from lawgiver.games.learn.credit import CREDITS
from lawgiver.games.learn.estimators import Asked, Estimator, Name, estimator
from lawgiver.games.learn.objective import gradient, target
from lawgiver.games.learn.reached import legalised
from lawgiver.games.learn.tabular import Tabular
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import Oracle, solve, threshold
from lawgiver.games.problem import Problem, problem
from lawgiver.games.prompts import Question
from lawgiver.stats.bootstrap import bootstrap

ESTIMATORS: tuple[Name, ...] = ("exact", "mirror", "rloo", "reinforce++", "grpo", "ppo")
RATES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
COMMON_RATE = 0.2
"""A table's rate under a recipe's default."""
TOLERANCE, LEGAL, HELD = 0.05, 0.99, 5
SAMPLES, EPOCHS, TEMPERATURE = 8, 4, 0.25
XIS = (0.5, 1.1, 3.0, 10.0, 100.0)
OTHER_COOPERATED = (0, 2)
"""Histories, own move first: CC and DC."""


@cache
def dilemmas() -> Charter:
    """The charter that ships."""
    return Charter.open("dilemmas")


@cache
def ipd(xi: float = 3.0, against: str = "tft", gamma: float = 0.0) -> Problem:
    """Game + De in the prisoner's dilemma."""
    stage = game("ipd").seen_by("row")
    wanted = framework(dilemmas(), "game_de", stage, {"xi": xi})
    return problem(stage, wanted, opponent(against), gamma=gamma)


def make(name: Name, samples: int = SAMPLES) -> Estimator:
    """An estimator with the recipe's defaults."""
    return estimator(name, samples=samples, rounds=1, clip=0.2, epochs=EPOCHS, normalise=False, temperature=TEMPERATURE)


def ask(wanted: Problem) -> list[Question]:
    """Every history once."""
    return [Question(h, (), wanted.stage.actions) for h in range(wanted.histories)]


def at_optimum(p_HA: Any, oracle: Oracle) -> bool:
    """The criterion, on tables."""
    right_H = (legalised(p_HA) * oracle.best_HA).sum(axis=1)
    return bool(right_H.min() >= 1 - TOLERANCE and p_HA.sum(axis=1).mean() >= LEGAL)


def updates_to_reach(name: Name, wanted: Problem, oracle: Oracle, rate: float, seed: int, most: int) -> int | None:
    """Updates until the optimum was reached, held for 5 updates; None if it was not within `most`."""
    learner = Tabular(wanted.histories, wanted.actions, learning_rate=rate, seed=seed)
    each, questions, rng = make(name), ask(wanted), np.random.default_rng([seed, 1])
    history_N = np.arange(wanted.histories)
    streak = 0
    for update in range(most + HELD):
        logp_NA = learner.forward(questions)
        streak = streak + 1 if at_optimum(np.exp(logp_NA), oracle) else 0
        if streak == HELD:
            return update - HELD + 1
        about = Asked(logp_NA, history_N, wanted)
        drawn = each.draw(about, rng)
        for epoch in range(each.epochs):
            learner.ascend(each.weights(about, drawn, logp_NA if epoch == 0 else learner.forward(questions)))
    return None


def runs(name: Name, rate: float, seeds: Sequence[int], most: int) -> list[int | None]:
    """What `updates_to_reach` gives for each seed, on the prisoner's dilemma against tit for tat."""
    wanted = ipd()
    oracle = solve(wanted)
    return [updates_to_reach(name, wanted, oracle, rate, seed, most) for seed in seeds]


def reach(seeds: int, most: int, seed: int, names: Sequence[Name] = ESTIMATORS) -> dict[str, Any]:
    """Updates and samples each estimator takes, at one learning rate for all and at the one that suits it best.

    The best has the quickest slowest run among 10 other seeds. Adam makes every estimator's strides alike long, so the
    rates matter more than the estimators' scales.
    """
    table: dict[str, Any] = {}
    for name in names:
        slowest = {
            rate: max(n or 10 * most for n in runs(name, rate, range(10_000 + seed, 10_010 + seed), most))
            for rate in RATES
        }
        best = min(RATES, key=lambda rate: (slowest[rate], rate))
        drawn = 0 if name in ("exact", "mirror") else SAMPLES * ipd().histories
        table[name] = {"samples_an_update": drawn, "slowest_by_learning_rate": {str(r): n for r, n in slowest.items()}}
        for label, rate in (("common", COMMON_RATE), ("best", best)):
            taken = runs(name, rate, range(seed, seed + seeds), most)
            updates_N = np.array([most if n is None else n for n in taken], dtype=float)
            interval = bootstrap(updates_N, lambda v: np.median(v, axis=-1), seed=seed, method="percentile")
            table[name][label] = {
                "learning_rate": rate,
                "reached": sum(n is not None for n in taken),
                "seeds": seeds,
                "updates": interval.to_json(),
                "updates_least_most": [float(updates_N.min()), float(updates_N.max())],
                "optimiser_steps": interval.estimate * make(name).epochs,
                "samples": [drawn * each for each in (interval.estimate, interval.low, interval.high)],
            }
    return table


def group_movement(credit: str, gain: float, samples: int = SAMPLES) -> float:
    """Expected change of the log-odds of C over D in one group of samples, per unit of learning rate, exactly.

    Both actions have probability ½, and C earns `gain` more; the mean is over how often C comes among the samples.
    """
    movement = 0.0
    for count in range(samples + 1):
        returns_TNG = np.where(np.arange(samples) < count, gain, 0.0)[None, None]
        credit_G = CREDITS[credit](returns_TNG, np.zeros_like(returns_TNG))[0, 0]
        weight_A = np.array([credit_G[:count].sum(), credit_G[count:].sum()]) / samples
        slope_A = weight_A - 0.5 * weight_A.sum()
        movement += float(binom.pmf(count, samples, 0.5)) * float(slope_A[0] - slope_A[1])
    return movement


def erasure(xis: Sequence[float] = XIS) -> dict[str, Any]:
    """The expected pull of each way towards cooperation where the other cooperated, against its size in the reward."""
    rows = []
    for xi in xis:
        wanted = ipd(xi)
        gain = float(wanted.reward_HA[0, 0] - wanted.reward_HA[0, 1])
        logp_NA, history_N = np.log(np.full((wanted.histories, 2), 0.5 * (1 - 1e-12))), np.arange(wanted.histories)
        weight_A = gradient(logp_NA, history_N, wanted)[0] / wanted.weight_H[0]
        slope_A = weight_A - 0.5 * weight_A.sum()
        moved_A = np.log(target(logp_NA, history_N, wanted, TEMPERATURE)[0])
        rows.append(
            {
                "xi": xi,
                "gain_of_C": gain,
                "exact": float(slope_A[0] - slope_A[1]),
                "mirror_whole_step": float(moved_A[0] - moved_A[1]),
                **{name: group_movement(name, gain) for name in ("rloo", "grpo")},
            }
        )
    return {
        "unit": "change of log(P(C) / P(D)) an update per unit of learning rate, at P(C) = 1/2, no illegal answers; "
        f"groups of {SAMPLES}; mirror: where its target lies, temperature {TEMPERATURE}",
        "rows": rows,
    }


def learned(wanted: Problem, updates: int, seed: int) -> Any:
    """A table trained with the exact gradient, `(H, A)`, made legal."""
    learner, questions, each = Tabular(wanted.histories, wanted.actions, seed=seed), ask(wanted), make("exact")
    history_N, rng = np.arange(wanted.histories), np.random.default_rng(seed)
    for _ in range(updates):
        logp_NA = learner.forward(questions)
        about = Asked(logp_NA, history_N, wanted)
        learner.ascend(each.weights(about, each.draw(about, rng), logp_NA))
    return legalised(learner.p_HA)


def xi_sweep(xis: Sequence[float], updates: int, seed: int, tolerance: float = 1e-3) -> dict[str, Any]:
    """What is learned at each ξ, and the ξ at which it turns, beside the oracle's."""
    report: dict[str, Any] = {}
    for against in ("tft", "random"):

        def text(xi: float, against: str = against) -> str:
            p_HA = learned(ipd(xi, against), updates, seed)
            return "".join("CD"[int(best)] for best in p_HA.argmax(axis=1))

        rows = []
        for xi in xis:
            wanted = ipd(xi, against)
            p_HA = learned(wanted, updates, seed)
            rows.append({"xi": xi, "p_C": p_HA[:, 0].tolist(), "oracle": solve(wanted).text})
        report[against] = {
            "rows": rows,
            "threshold": threshold(text, 0.5, 2.0, tolerance),
            "threshold_oracle": threshold(lambda xi, a=against: solve(ipd(xi, a)).text, 0.5, 2.0, tolerance),  # type: ignore[misc]
            "tolerance": tolerance,
        }
    return report


def gradient_check(draws: int, seed: int) -> dict[str, Any]:
    """The exact gradient against the mean of independent RLOO estimates, in standard errors of that mean."""
    report: dict[str, Any] = {"draws": draws}
    for stream, against in enumerate(("tft", "random", "noise(tft,0.1)")):
        wanted = ipd(3.0, against)
        rng = np.random.default_rng([seed, stream])
        history_N = np.tile(np.arange(wanted.histories), 2)
        logits_NX = rng.normal(size=(len(history_N), wanted.actions + 1))
        logp_NA = (logits_NX - np.log(np.exp(logits_NX).sum(axis=1, keepdims=True)))[:, :-1]
        about, each = Asked(logp_NA, history_N, wanted), make("rloo", samples=2)
        exact_NA = gradient(logp_NA, history_N, wanted)
        mean_NA, square_NA = np.zeros_like(exact_NA), np.zeros_like(exact_NA)
        for _ in range(draws):
            weights_NA = each.weights(about, each.draw(about, rng), logp_NA)
            mean_NA += weights_NA / draws
            square_NA += weights_NA**2 / draws
        error_NA = np.sqrt((square_NA - mean_NA**2) / (draws - 1))
        z = float((np.abs(mean_NA - exact_NA) / error_NA).max())
        report[against] = {
            "coordinates": exact_NA.size,
            "largest_deviation_in_standard_errors": z,
            "p_of_one_as_large": float(1 - (1 - 2 * norm.sf(z)) ** exact_NA.size),
            "largest_relative_error": float(np.abs(mean_NA - exact_NA).max() / np.abs(exact_NA).max()),
        }
    return report
