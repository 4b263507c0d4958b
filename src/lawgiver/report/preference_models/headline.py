"""What came of a run of preference models, in one sentence and a few figures."""

from __future__ import annotations

from typing import Any

from lawgiver.report.games.parts import Part
from lawgiver.report.preference_models.material import ModelRun, PreferenceModelsMaterial
from lawgiver.report.words import clean, count, interval_range, number


def build(material: PreferenceModelsMaterial) -> dict[str, Any]:
    """The sentence, and the figures that it rests on."""
    return {"sentence": _sentence(material), "figures": [f for model in material.models for f in _figures(model)]}


def _sentence(material: PreferenceModelsMaterial) -> str:
    done = [model for model in material.models if model.summary]
    if len(done) < material.wanted:
        return f"This run is not finished: of {count(material.wanted, 'model')}, {len(done)} came to an end."
    better = sum(_shown_better(model.summary, "over_length") for model in done)
    words = f"Of {count(len(done), 'model')}, {better} order held-out pairs better than the length of the answers does"
    if costs := [model for model in done if model.is_cost]:
        signs = sum(_shown_better(model.summary, "over_majority") for model in costs)
        words += f"; of {count(len(costs), 'cost model')}, {signs} know safe from unsafe better than one fixed answer"
    return f"{words}, past the 95 % interval."


def _shown_better(summary: Part, key: str) -> bool:
    low = summary.part(key).number("low")
    return low is not None and low > 0


def _figures(model: ModelRun) -> list[dict[str, str]]:
    figures = []
    for key, baseline, title in (("accuracy", "length", "accuracy"), ("sign", "majority", "sign accuracy")):
        found = model.summary.part(key)
        if not found:
            continue
        good = _shown_better(model.summary, f"over_{baseline}")
        against = number(model.summary.part(baseline).number("estimate"))
        figures.append({
            "label": f"{clean(model.label)}: {title}",
            "value": number(found.number("estimate")),
            "detail": f"{interval_range(found.content)}, without a model {against}",
            "state": "good" if good else "bad",
            "mark": "✓" if good else "✗",
        })  # fmt: skip
    return figures
