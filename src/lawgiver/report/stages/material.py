"""What the page of a run of stages is made of, as it lies in the run's folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.games.parts import Part
from lawgiver.report.material import Run
from lawgiver.report.reading import documents_of
from lawgiver.report.words import number

KIND: Literal["align-stages"] = "align-stages"


@dataclass(frozen=True, eq=False)
class StageRun(Run):
    """One training: of a stage, or of the stage that is searched at one λ."""

    stage: str
    """The stage's name."""
    label: str
    """The same with λ where there are several trainings of it."""
    settings: Part
    """What the stage was trained with."""
    summary: Part
    """Empty if it is not finished."""
    rows: list[dict[str, Any]]
    """The lines of `metrics.jsonl`."""

    @property
    def multiplier(self) -> float | None:
        """λ."""
        return self.settings.number("lambda")


@dataclass(frozen=True, eq=False)
class StagesMaterial:
    """Everything the page shows."""

    title: str
    run: Run
    """The run itself."""
    stages: tuple[str, ...]
    """Names, in order."""
    trainings: tuple[StageRun, ...]
    """What was begun, in order; of a search every λ, oldest first."""
    summary: Part
    """Empty if the run is not finished."""
    data: Part
    """What was read."""
    find: Part
    """The recipe's search; empty if λ was given."""
    dual: Part
    """λ from samples; empty if it was not computed."""
    trace: Part
    """Trainings that were measured; empty if there are none."""
    rounds: Part
    """The same of a search for several λ, one a stage."""
    missing: list[str] = field(default_factory=list)
    """Sentences on what should be there and is not."""
    kind: Literal["align-stages"] = KIND

    @property
    def any_run(self) -> Run:
        """The run whose charter stands for all."""
        return self.run

    @property
    def found(self) -> Part:
        """What the search came to; empty if there was none, or it is not finished."""
        return self.summary.part("found")

    @property
    def chain(self) -> dict[str, str]:
        """Constraint → stage, of a search for several λ; else empty."""
        wanted = self.find.content.get("constraint")
        return {str(name): str(stage) for name, stage in wanted.items()} if isinstance(wanted, dict) else {}

    @property
    def chosen(self) -> StageRun | None:
        """The training that the run stands for."""
        result = self.summary.text("result")
        return next((t for t in self.trainings if result and t.path == self.run.path / result), None)


def is_stages(run: RunDirectory) -> bool:
    """Whether a folder holds a run of stages, finished or not."""
    document = run.read("config.json") if run.has("config.json") else None
    return isinstance(document, dict) and document.get("type") == "stages"


def read_stages_run(folder: Path) -> StagesMaterial:
    """Read a run of stages.

    Raises:
        ConfigurationError: if a document is malformed.
    """
    top = Run(**documents_of(folder))
    config = Part(top.config, str(folder / "config.json"))
    names = [part.text("name") for part in config.parts("stages")]
    if not names:
        raise ConfigurationError(f"{folder / 'config.json'}: stages: a list with at least one is wanted")
    folders = [folder / f"{n}-{name}" for n, name in enumerate(names, 1)]
    trace = _part(folders[-1], "trace.json")
    order = {f"{step.number('multiplier'):.6g}": n for n, step in enumerate(trace.parts("steps")) if _known(step)}
    trainings: list[StageRun] = []
    for name, where in zip(names, folders, strict=True):
        found = sorted(
            where.glob("lambda-*/config.json"), key=lambda at: order.get(at.parent.name.removeprefix("lambda-"), 1_000)
        )
        for path in [at.parent for at in found] or ([where] if (where / "config.json").is_file() else []):
            trainings.append(_training(path, name, several=bool(found)))
    return StagesMaterial(
        title=f"{len(names)} {'stage' if len(names) == 1 else 'stages'} from {config.text('model', folder.name)}",
        run=top,
        stages=tuple(names),
        trainings=tuple(trainings),
        summary=_part(folder, "summary.json"),
        data=_part(folder, "data.json"),
        find=config.part("find"),
        dual=_part(folders[-1], "dual.json"),
        trace=trace,
        rounds=_part(folders[-1], "rounds.json"),
    )


def _known(step: Part) -> bool:
    return step.number("multiplier") is not None


def _training(path: Path, stage: str, *, several: bool) -> StageRun:
    documents = documents_of(path)
    settings = Part(documents["config"], str(path / "config.json"))
    rows = RunDirectory(path).metrics()
    if any(not isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{path / 'metrics.jsonl'}: one object a line is wanted")
    label = f"{stage}, λ = {number(settings.number('lambda'))}" if several else stage
    return StageRun(
        **documents,
        stage=stage,
        label=label,
        settings=settings,
        summary=_part(path, "summary.json"),
        rows=rows,
    )


def _part(folder: Path, name: str) -> Part:
    run = RunDirectory(folder)
    return Part(run.read(name) if run.has(name) else None, str(folder / name))
