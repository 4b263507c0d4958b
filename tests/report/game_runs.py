"""Run directories of games: learned by the real loop on a table, played by the real tournament."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.games.evaluate import configure, evaluate_games, subject
from lawgiver.games.evaluate import prepare as prepare_evaluation
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.recipe import read_games_recipe
from lawgiver.games.learn.train import train
from lawgiver.games.tournament import TournamentConfig, tournament_run
from lawgiver.games.tournament import prepare as prepare_tournament

TABLE = ("model=tabular", "learning_rate=0.002", "phases=game_de:20")


def write_training(folder: Path, *overrides: str, finished: bool = True) -> Path:
    """A run of the tabular learner; one that is not finished lacks what is written at the end."""
    train(prepare(read_games_recipe(None, [*TABLE, *overrides])), folder)
    if not finished:
        (folder / "policy.json").unlink()
        (folder / "summary.json").unlink()
    return folder


def write_tournament(folder: Path, **settings: Any) -> Path:
    """A small tournament with one player that has to be played out."""
    config = {"runs": 30, "births": 1500, "population": 12, "horizon": 60.0, "noise": 0.01, "repetitions": 3}
    players = ("tft", "alld", "allc", "q_learner", "mix(tft:0.5,alld:0.5)")
    tournament_run(prepare_tournament(TournamentConfig(**{"players": players, **config, **settings})), folder)
    return folder


def write_evaluation(folder: Path, *runs: Path) -> Path:
    """An evaluation of tables, by the real code."""
    subjects = [subject(str(run)) for run in runs]
    given = {"games": ("ipd", "bos"), "opponents": ("tft", "random")}
    evaluate_games(prepare_evaluation(configure(subjects, **given), subjects), folder)
    return folder


def as_of_a_model(summary: dict[str, Any]) -> dict[str, Any]:
    """What only language models are asked, added to an evaluation of a table."""
    rng = np.random.default_rng(0)
    grid = summary["grid"]
    kinds = ["words"] * 5 + ["permutation"] * 3 + ["phrasing"] * 5
    grid["variations"] = [{"id": f"v{i}", "kind": kind, "title": f"{kind} {i}"} for i, kind in enumerate(kinds)]
    for key, least in (("right", 0.5), ("legal", 0.9), ("change", 0.0)):
        for game in grid["games"]:
            grid[key][game] = [
                None if i == 7 else float(x) for i, x in enumerate(rng.uniform(least, 1, len(kinds)).round(3))
            ]
    shares = {"n": 12, "mass": 0.031, "base_mass": 0.02, "first": 0.6, "base_first": 0.5, "right": None}
    leak = {**shares, "base_right": None, "change": 0.012}
    number = {"estimate": 0.4, "low": 0.3, "high": 0.5, "n": 3}
    own = summary["measures"][summary["game"]]
    sizes = np.array(own["p"]).shape
    answers = {key: own[key] for key in ("p", "legal_least", "gap")} | {"words": 3, "legal": 0.98, "right": 0.9}
    players = summary["players"]
    for name, twin in (("base", "uniform"), ("base as de", "tit for tat"), ("base as ut", "always C")):
        players.insert(1, name)
        summary["baselines"][name] = summary["baselines"][twin]
        for panel in summary["panel"].values():
            for part in panel.values():
                for key in ("mean", "regret"):
                    if twin in part[key]:
                        part[key][name] = [x + 0.03 for x in part[key][twin]]
                part["low"][name] = [x - 0.2 for x in part["mean"].get(name, [])]
                part["high"][name] = [x + 0.2 for x in part["mean"].get(name, [])]
    return {
        **summary,
        "policy": "lm",
        "trained": answers,
        "held_out": {**answers, "gap": 0.4},
        "base": "smollm2-135m-instruct",
        "unrelated": [{"kind": "action", "probe": "kitten", "words": "trained", **leak}],
        "unrelated_by_kind": {
            "action": leak,
            "action_game": {**leak, "mass": 0.2},
            "everyday": {**leak, "right": 0.6, "base_right": 0.61, "change": 0.07},
        },
        "personas": [
            {"persona": f"attack_{name}", "text": "Win at any price. " * 4, "p": np.full(sizes, 0.3).tolist()}
            | {"legal": number, "legal_least": 0.91, "moved": number, "right": number, "conditionality": number}
            for name in ("ruthless", "naive")
        ],
        "drift": {"texts": 20, "tokens": 900, "loss": 2.51, "base_loss": 2.5, "loss_change": number, "kl": number}
        | {"kl_most": 0.7, "by_text": [{"text": "Once there was", "tokens": 31, "loss": 2, "base_loss": 2, "kl": 0.1}]},
        "left_out": [{"what": "garden × public_goods_4", "why": "the story has two players"}],
    }
