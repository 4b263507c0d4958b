"""Where every number of a page on games comes from, and what is not claimed."""

from __future__ import annotations

import json
from typing import Any

from lawgiver.data.rundir import RunDirectory
from lawgiver.report.games.material import GamesMaterial, SummaryRun, TrainRun
from lawgiver.report.sections.provenance import environments, run_facts

METHODS = {
    "games-train": [
        "Probabilities of answers are exact: the model’s own, of the whole answer and the end of its turn; nothing is "
        "sampled in measuring.",
        "The optimum is solved exactly from payoffs, framework and opponent; it is a set of actions for each history.",
    ],
    "games-tournament": [
        "Matches of players whose memory is a short table are computed in expectation; all others are played out, "
        "with bootstrap intervals over repetitions.",
        "Replicator dynamics and fixation probabilities take the score matrix as payoffs; how often a population is "
        "taken over is counted in simulated Moran processes, with Wilson intervals.",
    ],
    "games-evaluate": [
        "Probabilities of answers are exact; episodes are followed in expectation, so only units are sampled.",
        "Intervals are bootstrap intervals over the units named above; a number without one was computed exactly.",
    ],
}
LIMITS = {
    "games-train": "A policy at the optimum does what its framework asks in this game, against this opponent, in "
    "prompts like these. It does not say that the framework is right, or what the model does elsewhere.",
    "games-tournament": "A ranking holds in this field: another field of players can turn it around.",
    "games-evaluate": "Conformity says how far a policy does what one framework asks in these games and prompts. It "
    "says nothing of conduct elsewhere.",
}


def build(material: GamesMaterial) -> dict[str, Any]:
    """Runs with their hashes and settings, environment, methods, limits."""
    runs: list[TrainRun | SummaryRun] = [*material.train, *([material.result] if material.result else [])]
    labelled = [(run.label, run) for run in runs]
    kind = "games-train" if material.kind == "games-overview" else material.kind
    return {
        "methods": METHODS[kind],
        "limits": LIMITS[kind],
        "runs": [run_facts(label, run, config=len(runs) == 1) for label, run in labelled],
        "environments": environments(labelled),
        "hashes": _hashes(runs),
    }


def _hashes(runs: list[TrainRun | SummaryRun]) -> list[tuple[str, str]]:
    """The charter's and its frameworks' hashes, each pair once."""
    found: dict[tuple[str, str], None] = {}
    for run in runs:
        folder = RunDirectory(run.path)
        document = folder.read("charter.json") if folder.has("charter.json") else {}
        for key, value in document.items():
            if key == "sha256":
                found[f"charter {document.get('name', '')} {document.get('version', '')}", str(value)] = None
            elif str(key).startswith("framework "):
                found[f"{key} in {run.config.get('game', 'the game')}", str(value)] = None
    return [(name, json.dumps(value)[1:-1]) for name, value in found]
