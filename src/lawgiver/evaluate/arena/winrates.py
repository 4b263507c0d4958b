"""How often a model beats the base, plain and at equal length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lawgiver.evaluate.arena.scores import Floats, by_prompt, mean_of_scored
from lawgiver.evaluate.summary import SEED
from lawgiver.stats import bootstrap_mean
from lawgiver.stats.length_controlled import length_controlled


def win_rate(
    wins_STN: Floats, longer_STN: Floats, prompts: Sequence[str], names: Sequence[str], resamples: int
) -> dict[str, Any]:
    """Win rate of a model against the base, with intervals over prompts.

    A comparison in which either side was not scored is left out and counted. Runs of one model are averaged on each
    scenario, and scenarios of one prompt, before prompts are resampled.

    Args:
        wins_STN: `(S, T, N)` 1, ½ or 0 of S runs against T runs of the base; NaN where not scored.
        longer_STN: `(S, T, N)` by how many characters the answer is longer than the base's.
        prompts: which prompt each of N scenarios asks.
        names: of the S runs.
        resamples: bootstrap resamples.
    """
    scored = ~np.isnan(wins_STN)
    document: dict[str, Any] = {
        "comparisons": int(scored.sum()),
        "left_out": int((~scored).sum()),
        "ties": float((wins_STN[scored] == 0.5).mean()) if scored.any() else None,
        "win_rate": None,
        "controlled": None,
        "slope": None,
        "longer": None,
        "seeds": [],
    }
    if not scored.any():
        return document
    wins_C = by_prompt(mean_of_scored(wins_STN, (0, 1)), prompts)
    longer_C = by_prompt(mean_of_scored(np.where(scored, longer_STN, np.nan), (0, 1)), prompts)
    known_C = ~np.isnan(wins_C)
    controlled = length_controlled(wins_C[known_C], longer_C[known_C], seed=SEED, resamples=resamples)
    by_run_S = mean_of_scored(mean_of_scored(wins_STN, 1), -1)
    return document | {
        "win_rate": bootstrap_mean(wins_C[known_C], seed=SEED, resamples=resamples).to_json(),
        "controlled": controlled.win_rate.to_json(),
        "slope": controlled.slope,
        "longer": float(longer_C[known_C].mean()),
        "seeds": [
            {"run": name, "win_rate": None if np.isnan(rate) else float(rate)}
            for name, rate in zip(names, by_run_S, strict=True)
        ],
    }
