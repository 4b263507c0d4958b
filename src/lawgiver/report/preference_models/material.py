"""What the page of a run of preference models is made of, as it lies in the run's folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.games.parts import Part
from lawgiver.report.material import Run
from lawgiver.report.reading import documents_of

KIND: Literal["align-preference-models"] = "align-preference-models"
HELD_OUT = "held_out.jsonl"


@dataclass(frozen=True, eq=False)
class ModelRun(Run):
    """One reward or cost model, finished or not."""

    label: str
    """Its folder's name, e.g. `cost-evaluation`."""
    settings: Part
    """What it was trained with."""
    summary: Part
    """Empty if it is not finished."""
    scale: float
    """What raw scores were divided by."""
    rows: list[dict[str, Any]]
    """The lines of `metrics.jsonl`."""
    held_out: list[Part]
    """A pair each, with both its scores; empty in runs of earlier versions."""

    @property
    def is_cost(self) -> bool:
        """Whether it scores harm, so that its sign says something."""
        return self.settings.text("objective") == "cost"


@dataclass(frozen=True, eq=False)
class PreferenceModelsMaterial:
    """Everything the page shows."""

    title: str
    run: Run
    """The run itself."""
    models: tuple[ModelRun, ...]
    """Those that were begun, in the order of the recipe."""
    wanted: int
    """How many the recipe has."""
    data: Part
    """What was read."""
    missing: list[str] = field(default_factory=list)
    """Sentences on what should be there and is not."""
    kind: Literal["align-preference-models"] = KIND

    @property
    def any_run(self) -> Run:
        """The run whose charter stands for all; these have none."""
        return self.run


def is_preference_models(run: RunDirectory) -> bool:
    """Whether a folder holds a run of preference models, finished or not."""
    document = run.read("config.json") if run.has("config.json") else None
    return isinstance(document, dict) and document.get("type") == "preference-models"


def read_preference_models_run(folder: Path) -> PreferenceModelsMaterial:
    """Read a run of preference models.

    Raises:
        ConfigurationError: if a document is malformed.
    """
    top = Run(**documents_of(folder))
    config = Part(top.config, str(folder / "config.json"))
    names = [f"{objective}-{role}" for objective in config.part("heads").content for role in config.texts("roles")]
    if not names:
        raise ConfigurationError(f"{folder / 'config.json'}: heads and roles: at least one of each is wanted")
    begun = [name for name in names if (folder / name / "config.json").is_file()]
    data = RunDirectory(folder)
    return PreferenceModelsMaterial(
        title=f"Reward and cost models from {config.text('model', folder.name)}",
        run=top,
        models=tuple(_model(folder / name) for name in begun),
        wanted=len(names),
        data=Part(data.read("data.json") if data.has("data.json") else None, str(folder / "data.json")),
    )


def _model(path: Path) -> ModelRun:
    run, documents = RunDirectory(path), documents_of(path)
    card = Part(run.read("head.json") if run.has("head.json") else None, str(path / "head.json"))
    held = run.rows_if_any(HELD_OUT)
    return ModelRun(
        **documents,
        label=path.name,
        settings=Part(documents["config"], str(path / "config.json")),
        summary=Part(run.read("summary.json") if run.has("summary.json") else None, str(path / "summary.json")),
        scale=card.number("scale") or 1.0,
        rows=[Part(row, f"{path / 'metrics.jsonl'}:{n}").content for n, row in enumerate(run.metrics(), 1)],
        held_out=[Part(row, f"{path / HELD_OUT}:{n}") for n, row in enumerate(held, 1)],
    )
