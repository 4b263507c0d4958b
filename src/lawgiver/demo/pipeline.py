"""Before, align, after, compare: the steps of the demo, each of them resumable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from lawgiver.align import Recipe, train
from lawgiver.charter import Charter
from lawgiver.data import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate import (
    REFUSE,
    EvaluateConfig,
    Responder,
    StoredRun,
    compare_runs,
    evaluate_run,
    model_responder,
    refuse_everything,
)
from lawgiver.evaluate.document import comparison_document
from lawgiver.outcome import ConfigurationError

LABELS = {
    "base": "before",
    "prompted": "with prompt",
    "aligned": "aligned",
    "refuse": "refuses everything",
}
COMPARED = (("base", "aligned"), ("prompted", "aligned"), ("refuse", "aligned"))


class DemoConfig(BaseModel):
    """What the demo does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Recipe
    split: str = "test"
    limit: int | None = None
    """Only the first so many scenarios; for a quick look."""


class Display(Protocol):
    """Where progress is shown."""

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """Begin a stage; the function returned is told how many more are done."""

    def step(self, row: dict[str, Any]) -> None:
        """One training step is done."""


def run_demo(
    config: DemoConfig, charter: Charter, folder: Path, display: Display, *, resume: bool = False
) -> dict[str, Any]:
    """Run everything; returns the document of `compare.json`.

    Stages that are finished in `folder` are not done again when resuming.

    Raises:
        ConfigurationError: if `folder` holds runs and `resume` is not set.
    """
    if folder.exists() and any(folder.iterdir()) and not resume:
        raise ConfigurationError(f"{folder}: holds a run already; add --resume to go on with it, or choose another")
    from lawgiver.models.load import load

    recipe = config.recipe
    untrained = load(recipe.model)
    for name, prompted in (("base", False), ("prompted", True)):
        settings = _evaluation(config, recipe.model, system_prompt=prompted)
        _evaluate(name, settings, charter, model_responder(settings, untrained), folder, display)
    refusing = _evaluation(config, REFUSE, system_prompt=False)
    _evaluate("refuse", refusing, charter, refuse_everything(charter), folder, display)

    display.stage("align", recipe.steps)
    train(recipe, charter, folder / "align", display.step, resume=(folder / "align").exists(), loaded=untrained)

    settings = _evaluation(config, str(folder / "align"), system_prompt=recipe.system_prompt)
    _evaluate("aligned", settings, charter, _aligned_responder(settings), folder, display)
    return _compare(charter, folder)


def _aligned_responder(settings: EvaluateConfig) -> Responder:
    from lawgiver.models.load import load

    return model_responder(settings, load(settings.model))


def _evaluation(config: DemoConfig, model: str, *, system_prompt: bool) -> EvaluateConfig:
    return EvaluateConfig(
        model=model,
        charter=config.recipe.charter,
        split=config.split,
        system_prompt=system_prompt,
        max_new_tokens=config.recipe.max_new_tokens,
        limit=config.limit,
        seed=config.recipe.seed,
    )


def _evaluate(
    name: str, settings: EvaluateConfig, charter: Charter, responder: Responder, folder: Path, display: Display
) -> None:
    total = len(charter.scenarios(settings.split)[: settings.limit])
    advance = display.stage(LABELS[name], total)
    evaluate_run(settings, charter, responder, folder / name, advance, resume=(folder / name).exists())


def _compare(charter: Charter, folder: Path) -> dict[str, Any]:
    runs = {name: RunDirectory(folder / name) for name in LABELS}
    stored = {name: StoredRun.open(run, name) for name, run in runs.items()}
    comparisons = [compare_runs(charter.spec, stored[before], stored[after]) for before, after in COMPARED]
    document = comparison_document(f"{charter.spec.name}: before and after", runs, LABELS, comparisons, folder)
    if (agreement := charter.root / "fitted" / "agreement.json").exists():
        atomic_write(folder / "agreement.json", agreement.read_bytes())
    RunDirectory(folder).write("compare.json", document)
    return document
