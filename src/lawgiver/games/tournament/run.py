"""A tournament from beginning to end, kept in a run directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.data.rundir import RunDirectory
from lawgiver.games.tournament import summary
from lawgiver.games.tournament.config import Tournament
from lawgiver.games.tournament.roundrobin import round_robin

PARTS = ("matches", "intervals", "moran", "replicator")
"""What `on_part` is told of, in this order."""


def play(tournament: Tournament, on_part: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Play a tournament and sum it up; returns what `summary.json` holds."""
    config = tournament.config
    on_part("matches")
    members = round_robin(
        tournament.game,
        tournament.members,
        rounds=config.rounds,
        repetitions=config.repetitions,
        noise=config.noise,
        seed=config.seed,
        exact=config.exact,
    )
    players = members.mixed(tournament.weights_PK)
    payoffs_PP = players.score_KK
    on_part("intervals")
    document = {
        "kind": "games-tournament",
        "game": tournament.game.name,
        "title": tournament.game.title,
        "players": tournament.names,
        "mixtures": {p.name: dict(zip(p.members, p.weights, strict=True)) for p in tournament.players if p.mixed},
        "rounds": config.rounds,
        "repetitions": config.repetitions,
        "noise": config.noise,
        "seed": config.seed,
        **summary.matrices(players, config.seed),
        "ranking": summary.ranking(tournament.names, players, config.seed),
    }
    on_part("moran")
    # a stream of its own, so that the populations do not depend on how many matches were drawn
    document["moran"] = summary.moran(tournament, payoffs_PP, np.random.SeedSequence([config.seed, 1]))
    on_part("replicator")
    document["replicator"] = summary.shares(tournament, payoffs_PP)
    document["baselines"] = summary.baselines(tournament, members, config.seed)
    return document


def tournament_run(
    tournament: Tournament,
    folder: Path,
    on_part: Callable[[str], None] = lambda _: None,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Play a tournament and keep it: `config.json` with payoffs and checkpoint hashes, `summary.json` with the results.

    A run that is finished is read; one that was interrupted is played again, which gives the same result.

    Raises:
        ConfigurationError: if the folder holds another run, or this one and `resume` is not set.
    """
    run = RunDirectory.create(folder, tournament.resolved(), {}, resume=resume)
    if run.has("summary.json"):
        finished: dict[str, Any] = run.read("summary.json")
        return finished
    document = play(tournament, on_part)
    run.write("summary.json", document)
    return document
