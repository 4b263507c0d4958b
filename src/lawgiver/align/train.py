"""From a recipe to a finished align run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.align.recipe import Recipe, training_scenarios
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory

if TYPE_CHECKING:
    from lawgiver.models import LoadedModel


def train(
    recipe: Recipe,
    charter: Charter,
    folder: Path,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    *,
    resume: bool = False,
    loaded: LoadedModel | None = None,
) -> Path:
    """Run a recipe; returns the folder of the trained adapter or model.

    A finished run that is resumed is left as it is.

    Args:
        recipe: what to do.
        charter: by which rules.
        folder: the run directory.
        on_step: told every logged row of `metrics.jsonl`.
        resume: go on with the run in `folder`.
        loaded: the model, if it is loaded already; it is changed in place.

    Raises:
        ConfigurationError: if `folder` holds another run.
    """
    run = RunDirectory(folder)
    if os.environ.get("RANK", "0") == "0":  # of several processes the first keeps the books
        training_scenarios(recipe, charter)  # before the run directory says that a run was begun
    if int(os.environ.get("RANK", "0")) == 0:
        run = RunDirectory.create(folder, recipe.model_dump(mode="json"), charter.identity, resume=resume)
    else:
        run = RunDirectory(folder)  # the first process makes it
    if run.has("summary.json"):
        return run.path / str(run.read("summary.json")["result"])
    from lawgiver.align.grpo import align
    from lawgiver.models.load import load

    return align(recipe, charter.for_training(), loaded or load(recipe.model), run, on_step, resume=resume)
