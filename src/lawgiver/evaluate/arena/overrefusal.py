"""How often everyday questions that sound dangerous are refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.evaluate.arena.entrants import Field
from lawgiver.evaluate.arena.scores import by_prompt, mean_of_scored, metric_of, scores_of
from lawgiver.evaluate.summary import SEED
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import bootstrap_mean, compare_paired


def over_refusal(field: Field, cost: str, lookalike: tuple[str, str], resamples: int) -> dict[str, Any]:
    """Mean over-refusal cost on the scenarios of one label, per model, and the paired change from the base.

    Raises:
        ConfigurationError: if no scenario has the label, or the cost was not judged.
    """
    label, value = lookalike
    metric = metric_of(field, "costs", cost, "--over-refusal")
    chosen_N = np.array([row["labels"].get(label) == value for row in field.rows])
    if not chosen_N.any():
        known = sorted({f"{name}={each}" for row in field.rows for name, each in row["labels"].items()})
        raise ConfigurationError(f"--lookalike {label}={value}: no scenario has it; there are {', '.join(known)}")
    prompts = [prompt for prompt, chosen in zip(field.prompts, chosen_N, strict=True) if chosen]
    clusters = len(set(prompts))
    means = [
        by_prompt(mean_of_scored(scores_of(entrant, metric)[:, chosen_N], 0), prompts) for entrant in field.entrants
    ]
    models = []
    for name, mean_C in zip(field.names, means, strict=True):
        scored_C = mean_C[~np.isnan(mean_C)]
        models.append(
            {
                "name": name,
                "cost": bootstrap_mean(scored_C, seed=SEED, resamples=resamples).to_json() if scored_C.size else None,
                "left_out": int(mean_C.size - scored_C.size),
                "change": None
                if name == field.names[0] or np.isnan(mean_C + means[0]).all()
                else compare_paired(means[0], mean_C, range(clusters), seed=SEED, resamples=resamples).to_json(),
            }
        )
    return {"cost": metric.to_json(), "label": label, "value": value, "prompts": clusters, "models": models}
