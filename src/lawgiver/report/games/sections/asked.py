"""What was asked of a game run: the settings that decide it."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.blocks import Facts, Prose
from lawgiver.report.games.material import GamesMaterial
from lawgiver.report.words import brief

SETTINGS = {
    "model": "Model",
    "models": "Models",
    "charter": "Charter",
    "game": "Game",
    "games": "Games",
    "players": "Players",
    "framework": "Framework",
    "role": "Seat",
    "opponent": "Opponent",
    "opponents": "Opponents",
    "phases": "Frameworks and updates at most",
    "parameters": "Parameters of frameworks",
    "history": "Rounds it sees",
    "gamma": "Discount γ",
    "illegal": "Reward of an illegal answer",
    "rounds": "Rounds",
    "repetitions": "Repetitions of a match",
    "noise": "Chance that a move goes wrong",
    "estimator": "Estimator",
    "temperature": "Temperature of a step",
    "samples": "Episodes a prompt",
    "shaping": "Look-ahead at the other’s learning",
    "kl_beta": "KL weight",
    "learning_rate": "Learning rate",
    "schedule": "Schedule",
    "lora": "Adapter",
    "lagrangian": "Multipliers",
    "prompts": "Prompts",
    "stop": "Stops when",
    "population": "Moran process, individuals",
    "selection": "Moran process, strength of selection",
    "runs": "Moran process, populations",
    "births": "Moran process, births at most",
    "mutation": "Replicator dynamics, mutation",
    "horizon": "Replicator dynamics, time",
    "exact": "Computed where possible",
    "seed": "Seed",
}
ONLY_SAMPLED = ("samples", "rounds")
EXACT = ("exact", "memory-one", "mirror")
LONGEST = 240


def build(material: GamesMaterial) -> dict[str, Any] | None:
    """The settings that decide, of the one run; the rest is in `config.json`."""
    run = material.result or material.only
    config = dict(run.config)
    if config.get("estimator") in EXACT:  # nothing is sampled, so these decide nothing
        config = {key: value for key, value in config.items() if key not in ONLY_SAMPLED}
    facts = [(label, brief(text, LONGEST)) for key, label in SETTINGS.items() if (text := _shown(key, config.get(key)))]
    if not facts:
        return {"missing": "The run’s settings were not recorded."}
    return {"blocks": [Facts(facts), Prose("All settings are in config.json, see Provenance.", quiet=True)]}


def _shown(key: str, value: Any) -> str:
    """A setting in words; empty for one that is off or not given."""
    if key == "phases" and isinstance(value, list):
        return " → ".join(_phase(phase) for phase in value)
    if key in ("kl_beta", "shaping", "noise", "mutation") and value == 0:
        return ""
    if isinstance(value, dict):
        parts = [(name, _shown(name, entry)) for name, entry in value.items()]
        return ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in parts if text)
    if isinstance(value, list):
        return ", ".join(filter(None, (_shown("", entry) for entry in value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _phase(phase: Any) -> str:
    if not isinstance(phase, dict):
        return str(phase)
    resets = _shown("", phase.get("reset"))
    forgets = f" (forgets {resets})" if resets else ""
    return f"{phase.get('framework')} for {phase.get('updates')}{forgets}"
