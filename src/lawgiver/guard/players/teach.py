"""The generator's turn: DPO on what fooled the guard against what did not, by the trainer of every other stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lawgiver.data import read_jsonl
from lawgiver.guard.game.pairs import OBJECTIVE
from lawgiver.guard.players.settings import DuoRecipe

CHARTER = "harmless"
"""Stages name a charter; DPO on given pairs asks it nothing."""


def teach(
    recipe: DuoRecipe, generator: str | None, pairs: Path, folder: Path, say: Callable[[str], None] = lambda _: None
) -> str | None:
    """Train a local generator from its last state; returns the generator of the next round.

    An endpoint's cannot be trained from here, and under `tilted` the best response has a closed form: both stay as they
    are. So does one for which there are too few pairs.
    """
    own = recipe.game.generator
    if own is None or generator is None or own.base_url is not None or recipe.game.player == "tilted":
        return generator
    found = len(read_jsonl(pairs)) if pairs.is_file() else 0
    if found < own.least_pairs:
        say(f"{found} pairs for the generator, fewer than {own.least_pairs}: it stays as it is")
        return generator
    from lawgiver.align.stages.plan import prepare
    from lawgiver.align.stages.recipe import StagesRecipe
    from lawgiver.align.stages.run import train_stages

    stages = StagesRecipe.model_validate(
        {
            "model": generator,
            "charter": CHARTER,
            "data": {OBJECTIVE: {"sources": [{"source": str(pairs)}], "part": "all"}},
            "stages": [
                {
                    "name": "fool",
                    "method": "dpo",
                    "data": OBJECTIVE,
                    "beta": own.beta,
                    "sft_weight": own.sft_weight,
                    "learning_rate": own.learning_rate,
                    "warmup_steps": 0,  # there are but a few
                    "max_length": 512,
                }
            ],
            "seed": recipe.game.seed,
        }
    )
    say(f"the generator learns from {found} pairs")
    summary = train_stages(prepare(stages), folder, resume=folder.exists(), say=say)
    return str(folder / summary["result"])
