"""Margins of a stage's pairs, as shifts of the reference: given by the method, or by what an earlier stage learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lawgiver.align.stages.plan import Plan
from lawgiver.align.stages.rows import Floats, Rows
from lawgiver.align.stages.stage import Stage
from lawgiver.models.load import LoadedModel
from lawgiver.models.score import score

Load = Callable[[str], LoadedModel]


def shift_of(plan: Plan, stage: Stage, folder: Path, rows: Rows, load_model: Load) -> Floats | None:
    """Nats to add to the reference of each of N chosen answers, so that the loss has the method's margin, `(N,)`.

    Args:
        plan: whose recipe names the earlier stages.
        stage: the one to be trained.
        folder: the run directory.
        rows: its pairs.
        load_model: from a name or a stage's folder to a model.

    Returns:
        None if the method has no margin.
    """
    margin_N = rows.margin_N
    if stage.margin_from is not None:
        other = next(each for each in plan.recipe.stages if each.name == stage.margin_from)
        margin_N = stage.margin_weight * _implicit_gap(plan, stage, other, folder, rows, load_model)
        # MODPO divides by this objective's own weight: σ((τh − wΔr)/λ); the trainer's temperature is β/λ already
        return margin_N / stage.beta
    return None if margin_N is None else margin_N / stage.temperature


def _implicit_gap(plan: Plan, stage: Stage, other: Stage, folder: Path, rows: Rows, load_model: Load) -> Floats:
    """`β log π/π_ref`, chosen minus rejected, of an earlier stage's policy: its implicit reward, `(N,)`.

    Of answers as the stage trains on them, cut where they exceed its `max_length`.
    """
    ends = (str(plan.recipe.folder(folder, other)), plan.recipe.start(folder, other))
    logps = []
    for name in ends:
        loaded = load_model(name)
        prompts = [row["prompt"] for row in rows.rows]
        for side in ("chosen", "rejected"):
            texts = [row[side][0]["content"] for row in rows.rows]
            logps.append(np.array([each.total for each in score(loaded, prompts, texts, max_length=stage.max_length)]))
    gap_N: Floats = other.temperature * ((logps[0] - logps[2]) - (logps[1] - logps[3]))
    return gap_N
