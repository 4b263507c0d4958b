"""The paper's procedure against the clock, and how ours compares with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from games_exact import Say, stands
from games_ppo import PPO, Settings

from lawgiver.games.learn.objective import pooled
from lawgiver.games.learn.plan import Plan
from lawgiver.games.markov import Floats
from lawgiver.games.oracle import Oracle, solve
from lawgiver.games.prompts import Question, grid, layouts
from lawgiver.games.prompts.words import PAPER_TRAINING
from lawgiver.models.load import LoadedModel

EPISODES = 1000
"""Of a training run in the paper."""
TARGET = 20


def spelt(question: Question) -> Question:
    """The same question with each word a second time after a blank, which the procedure's reader lets pass."""
    return replace(question, answers=(*question.answers, *(f" {word}" for word in question.answers)))


def probabilities(run: PPO, questions: list[Question]) -> Floats:
    """What each action is answered with, either spelling, `(N, A)`."""
    answers = [[run.spell(word) for word in spelt(question).answers] for question in questions]
    with torch.inference_mode():
        logs_NX = run.judge.sequence_logprobs([run.judge.prompt(question) for question in questions], answers)
    p_NX = np.exp(logs_NX.double().numpy(force=True))
    p_NA: Floats = p_NX[:, : p_NX.shape[1] // 2] + p_NX[:, p_NX.shape[1] // 2 :]
    return p_NA


def fixed_point(p_NA: Floats, history_N: Any, oracle: Oracle, price: float) -> dict[str, Any]:
    """Where an anchor lets a policy come to rest: `p₀ exp(r / price)`, with the price of a nat in payoff units."""
    problem = oracle.problem
    reward_NX = np.column_stack([problem.reward_HA[history_N], np.full(len(p_NA), problem.illegal)])
    logs_NX = np.log(np.column_stack([p_NA, np.maximum(1 - p_NA.sum(axis=1), 1e-12)])) + reward_NX / price
    rest_NX = np.exp(logs_NX - logs_NX.max(axis=1, keepdims=True))
    rest_NX /= rest_NX.sum(axis=1, keepdims=True)
    rest_NA = rest_NX[:, :-1]
    return {
        "price_of_a_nat": price,
        **stands(pooled(rest_NA, history_N, problem.histories), float(rest_NA.sum(axis=1).mean()), oracle),
    }


def race(
    plan: Plan,
    load_model: Callable[[], LoadedModel],
    settings: Settings,
    budget: float,
    every: int,
    name: str,
    say: Say,
) -> dict[str, Any]:
    """Train until the criterion holds or the time is up; looking costs neither time nor tokens."""
    problem = plan.seats[0].problems[-1]
    oracle = solve(problem)
    questions = grid(problem.stage, [PAPER_TRAINING], layouts(problem.stage, ("introduction", "final")))
    history_N = np.array([question.state for question in questions])
    run = PPO(load_model(), problem, questions, settings, plan.recipe.seed)
    seconds, cpu, rows, last = 0.0, 0.0, [], 0

    def look(**stats: float) -> dict[str, Any]:
        p_NA = probabilities(run, questions)
        place = stands(pooled(p_NA, history_N, problem.histories), float(p_NA.sum(axis=1).mean()), oracle)
        rows.append({"updates": run.updates, "tokens": run.tokens, "seconds": round(seconds, 2), **place, **stats})
        say({name: rows[-1]})
        return rows[-1]

    start_NA = probabilities(run, questions)
    now = look()
    while not now["reached"] and seconds < budget:
        began = time.perf_counter(), time.process_time()
        stats = run.update()
        seconds, cpu = seconds + time.perf_counter() - began[0], cpu + time.process_time() - began[1]
        if run.updates - last >= every or seconds >= budget:
            last = run.updates
            now = look(**stats)
    episodes = run.updates * settings.side_by_side
    report: dict[str, Any] = {
        "reached": now["reached"],
        "updates": run.updates,
        "episodes": episodes,
        "decisions": episodes * settings.rounds,
        "tokens": run.tokens,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "budget_seconds": budget,
        "start": rows[0],
        "end": now,
        "settings": asdict(settings),
        "rows": rows,
    }
    if episodes and settings.kl:
        deviation = run.deviation
        report["anchored_optimum"] = fixed_point(start_NA, history_N, oracle, settings.kl * deviation)
    if episodes and name == "paper":
        share = EPISODES / episodes
        report["whole_run"] = {"episodes": EPISODES, "tokens": run.tokens * share, "seconds": seconds * share}
    return report


def ratios(results: dict[str, Any]) -> dict[str, Any]:
    """Tokens and time of the sampled procedures over ours; a lower bound where one did not get there."""
    ours = results.get("exact")
    if not ours:
        return {}
    table: dict[str, Any] = {}
    for name in ("paper", "paper_tuned"):
        theirs = results.get(name)
        if not theirs:
            continue
        table[name] = {
            "reached": theirs["reached"],
            "lower_bound": not theirs["reached"],
            "tokens": theirs["tokens"] / ours["tokens"],
            "seconds": theirs["seconds"] / ours["seconds"],
            "cpu_seconds": theirs["cpu_seconds"] / ours["cpu_seconds"],
            "target": TARGET,
        }
        table[name]["met"] = ours["reached"] and min(table[name]["tokens"], table[name]["seconds"]) >= TARGET
        if "whole_run" in theirs:
            table[name]["whole_run"] = {key: theirs["whole_run"][key] / ours[key] for key in ("tokens", "seconds")}
    return table
