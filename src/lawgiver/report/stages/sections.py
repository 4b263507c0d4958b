"""The sections on the trainings of a run of stages: their references, their curves, and where it all comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

from lawgiver.report.games.blocks import Block, Cell, Group, Heading, Plot, Plots, Prose, Row, Table
from lawgiver.report.plots import curves
from lawgiver.report.sections.provenance import environments, run_facts
from lawgiver.report.stages.headline import duration
from lawgiver.report.stages.material import StageRun, StagesMaterial
from lawgiver.report.words import clean, finite, number, percent, short_hash

Line = list[float | None]


def stages(material: StagesMaterial) -> dict[str, Any]:
    """A row for each training, from which policy to which."""
    if not material.trainings:
        return {"missing": "No stage has begun."}
    columns = ["Method", "Reference → policy", "Rows", "Left out", "Temperature", "Steps", "Time"]
    rows = [
        Row(clean(training.label), _cells(training), chosen=training is material.chosen)
        for training in material.trainings
    ]
    caption = (
        "A stage's reference is the policy it starts from; the hashes are over all weights, so where one stage's "
        "policy is the next one's reference, both are the same. The highlighted training is the result."
    )
    return {"blocks": [Table("Stages", caption, "Stage", columns, [Group(rows)])]}


def _cells(training: StageRun) -> list[Cell]:
    done, settings = training.summary, training.settings
    left = done.part("left_out").content
    warm = " · begins with weights of another λ" if settings.text("weights") else ""
    return [
        Cell(clean(settings.text("method")), f"β {number(settings.number('beta'))}, λ {number(training.multiplier)}"),
        Cell(
            f"{short_hash(done.text('reference_sha256'))} → {short_hash(done.text('policy_sha256'))}"
            if done
            else "not finished",
            clean(done.text("reference")) + warm,
        ),
        Cell(str(done.whole("rows")) if done else number(None)),
        Cell(str(sum(int(finite(n) or 0) for n in left.values())), "; ".join(clean(reason) for reason in left)),
        Cell(number(done.number("temperature"), 4)),
        Cell(str(done.whole("steps") if done else len(training.rows))),
        Cell(duration(done.number("seconds"))),
    ]


def training(material: StagesMaterial) -> dict[str, Any]:
    """Loss, accuracy and margin of every training."""
    blocks: list[Block] = []
    for number_, each in enumerate(material.trainings):
        plots = _plots(each, f"curves-{number_}")
        if not plots:
            continue
        blocks += [Heading(clean(each.label)), Plots(plots, "small")]
    if not blocks:
        return {"missing": "No step has been logged yet, so there are no curves."}
    note = (
        "Measured on each step's own pairs before the step. Accuracy is the share of pairs whose chosen answer gained "
        "more than the rejected one against the reference; margin is by how much, in units of the loss's argument."
    )
    return {"blocks": [Prose(note, quiet=True), *blocks]}


def _plots(training: StageRun, name: str) -> list[Plot]:
    steps = [int(finite(row.get("step")) or n) for n, row in enumerate(training.rows, 1)]
    found = []
    for key, title in (("loss", "Loss"), ("accuracy", "Accuracy"), ("margin", "Margin")):
        line: Line = [finite(row.get(key)) for row in training.rows]
        if not any(value is not None for value in line):
            continue
        caption, limits = _moved(title, line), (0.0, 1.0) if key == "accuracy" else None
        svg = curves(f"{name}-{key}", f"{title} of {training.label}", caption, steps, {title: line}, limits=limits)
        found.append(Plot(title, caption, svg))
    return found


def _moved(title: str, line: Line) -> str:
    fine = np.array([value for value in line if value is not None])
    size = max(1, len(fine) // 4)
    first, last = float(fine[:size].mean()), float(fine[-size:].mean())
    show = percent if title == "Accuracy" else number
    return f"{show(first)} in the first quarter of the steps, {show(last)} in the last."


METHODS = [
    "Policies are hashed whole, adapters merged; a stage that finds another hash than the one promised stops.",
    "A search measures sampled answers to the scenarios of a split, judged under the charter; intervals are bootstrap "
    "intervals over prompts, 95 %.",
]
LIMITS = (
    "The split that a search looked at cannot certify what it chose; certify on another one. Curves are on training "
    "pairs, and say nothing of answers to other prompts."
)


def provenance(material: StagesMaterial) -> dict[str, Any]:
    """Runs with their hashes and settings, environment, methods, limits."""
    runs = [("the run", material.run), *[(each.label, each) for each in material.trainings]]
    files = material.data.part("files").content
    identity = material.run.charter
    charter = f"charter {identity.get('name', '')} {identity.get('version', '')}"
    return {
        "methods": METHODS if material.find else METHODS[:1],
        "limits": LIMITS,
        "runs": [run_facts(label, run) for label, run in runs],
        "environments": environments(runs),
        "hashes": [(charter, str(identity.get("sha256", ""))), *[(clean(n), str(h)) for n, h in files.items()]],
    }
