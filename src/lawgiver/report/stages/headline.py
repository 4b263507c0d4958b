"""What came of a run of stages, in one sentence and a few figures."""

from __future__ import annotations

from typing import Any

from lawgiver.report.stages import chain
from lawgiver.report.stages.material import StagesMaterial
from lawgiver.report.stages.search import decided, name_of, quantity_of
from lawgiver.report.words import clean, count, finite, listed, number


def build(material: StagesMaterial) -> dict[str, Any]:
    """The sentence, and the figures that it rests on."""
    return {"sentence": _sentence(material), "figures": _figures(material)}


def _sentence(material: StagesMaterial) -> str:
    if not material.summary:
        done = {t.stage for t in material.trainings if t.summary}
        return f"This run is not finished: of {count(len(material.stages), 'stage')}, {len(done)} came to an end."
    if not material.found:
        names = listed([clean(name) for name in material.stages])
        return f"Trained one after the other, each from the policy of the one before: {names}."
    if material.chain:
        return chain.sentence(material)
    name, budget = name_of(material), number(decided(material).number("threshold"), 3)
    if material.found.content.get("trained") is not True:
        return f"{name} needs no λ: the policy before the stage keeps its budget of {budget} already."
    trained = count(len(material.trace.parts("steps")), "training")
    if material.found.content.get("kept_the_budget") is True:
        return (
            f"λ = {number(material.found.number('lambda'))} keeps {name} within its budget: {quantity_of(material)} "
            f"{_cost(material)}, at most {budget} is allowed, after {trained}."
        )
    return (
        f"No training kept {name} within its budget of {budget}, in {trained}: {clean(material.found.text('message'))}."
    )


def _cost(material: StagesMaterial) -> str:
    wanted = material.found.number("lambda")
    for step in material.trace.parts("steps"):
        if step.number("multiplier") == wanted:
            ends = f"[{number(step.number('low'), 3)}, {number(step.number('high'), 3)}]"
            return f"{number(step.number('cost'), 3)} {ends}"
    return number(None)


def _figures(material: StagesMaterial) -> list[dict[str, str]]:
    figures: list[dict[str, str]] = []
    if material.found and material.chain:
        figures += chain.figures(material)
    elif material.found:
        kept = material.found.content.get("kept_the_budget") is True
        trained = material.found.content.get("trained") is True
        figures.append({
            "label": f"λ of {name_of(material)}",
            "value": number(material.found.number("lambda") if trained else 0.0),
            "detail": f"the dual said {number(decided(material).number('lambda'))}",
            "state": "good" if kept else "bad",
            "mark": "✓" if kept else "✗",
        })  # fmt: skip
    steps = sum(training.summary.whole("steps") for training in material.trainings)
    seconds = sum(finite(row.get("seconds")) or 0.0 for training in material.trainings for row in training.rows)
    figures.append({
        "label": "Trainings",
        "value": str(len(material.trainings)),
        "detail": f"of {count(len(material.stages), 'stage')}, {count(steps, 'step')} in all",
    })  # fmt: skip
    figures.append({
        "label": "Time spent training",
        "value": duration(seconds),
        "detail": "sampling and judging of a search are not in it" if material.find else "optimiser steps alone",
    })  # fmt: skip
    return figures


def duration(seconds: float | None) -> str:
    """`42 s`, or minutes from two on."""
    if seconds is None:
        return number(None)
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.0f} s"
