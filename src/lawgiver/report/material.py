"""What a page is made of: the runs of a folder, read and held together, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lawgiver.report.words import finite

if TYPE_CHECKING:
    from lawgiver.charter import CharterSpec

Kind = Literal["demo", "comparison", "evaluation", "align"]
Document = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """The documents that every run directory holds; empty where one is missing."""

    path: Path
    config: Document
    environment: Document
    charter: Document
    hashes: dict[str, str]
    """File name → sha256, of what results rest on."""


@dataclass(frozen=True)
class EvaluationRun(Run):
    """A finished evaluation."""

    key: str
    """Its name in the comparison, e.g. `base`."""
    label: str
    """Its name for people."""
    summary: Document

    @cached_property
    def metrics(self) -> dict[str, Document]:
        """Metric name → its entry in the summary, in the summary's order."""
        return {metric["name"]: metric for metric in self.summary.get("metrics", [])}

    def mean(self, name: str) -> float | None:
        """The mean of a metric, None if nothing was scored."""
        interval = self.metrics.get(name, {}).get("interval")
        return finite(interval.get("estimate")) if interval else None


@dataclass(frozen=True)
class AlignRun(Run):
    """A training run, finished or not."""

    steps: list[Document]
    """The lines of `metrics.jsonl`."""


@dataclass(frozen=True)
class Material:
    """Everything one page shows."""

    kind: Kind
    title: str
    runs: dict[str, EvaluationRun]
    """Key → run, in the order of the columns."""
    comparisons: list[Document] = field(default_factory=list)
    align: AlignRun | None = None
    spec: CharterSpec | None = None
    """The charter's declarations, if a charter with the very hash of the runs is at hand."""
    agreement: Document = field(default_factory=dict)
    """How well the fitted judges agree with the labels they were measured by."""
    missing: list[str] = field(default_factory=list)
    """Sentences on what the folder should hold and does not."""

    @property
    def any_run(self) -> Run | None:
        """The run whose charter and environment stand for all."""
        return next(iter(self.runs.values()), None) or self.align

    @property
    def before(self) -> EvaluationRun | None:
        """The run that changes are counted from."""
        return self.runs.get("base") or next(iter(self.runs.values()), None)

    @property
    def after(self) -> EvaluationRun | None:
        """The run that the page is about: `aligned`, or else the last that is no baseline."""
        others = [run for key, run in self.runs.items() if key not in ("base", "prompted", "refuse")]
        return self.runs.get("aligned") or next(reversed(others), None) or self.before

    def comparison(self, before: EvaluationRun | None, after: EvaluationRun | None) -> Document | None:
        """The comparison of two runs, whichever of their names it was written under."""
        if before is None or after is None or before is after:
            return None
        for found in self.comparisons:
            if found.get("before") in _names(before) and found.get("after") in _names(after):
                return found
        return None

    @property
    def main(self) -> Document | None:
        """The comparison that the headline speaks of."""
        return self.comparison(self.before, self.after)

    def changes(self) -> list[tuple[EvaluationRun, EvaluationRun, Document]]:
        """Comparisons that end in the run the page is about, those with a baseline of no model left out."""
        after = self.after
        found = [
            (run, after, comparison)
            for key, run in self.runs.items()
            if key != "refuse" and after and (comparison := self.comparison(run, after))
        ]
        return found


def _names(run: EvaluationRun) -> set[str]:
    return {run.key, run.label, run.path.name, str(run.path)}


def metric_of(comparison: Mapping[str, Any] | None, name: str) -> Document:
    """One metric of a comparison; empty if it is not there."""
    for metric in (comparison or {}).get("metrics", []):
        if metric.get("name") == name:
            return dict(metric)
    return {}


def compared(metric: Mapping[str, Any]) -> Document:
    """The interval that is held to the threshold: of what the scope has, or of the mean; empty if nothing was scored.

    Runs of earlier versions know the mean alone.
    """
    interval = metric.get("compared") if "compared" in metric else metric.get("interval")
    return dict(interval or {})
