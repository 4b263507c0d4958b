"""What was asked of the model: the charter, its principles and budgets, the model and the run's settings."""

from __future__ import annotations

from typing import Any

from lawgiver.report.material import Material
from lawgiver.report.words import clean, number, percent

SETTINGS = (
    ("model", "Model"),
    ("split", "Scenarios"),
    ("steps", "Training steps"),
    ("prompts_per_step", "Prompts a step"),
    ("generations", "Answers a prompt"),
    ("learning_rate", "Learning rate"),
    ("loss", "Loss"),
    ("kl_beta", "KL weight"),
    ("lora", "Adapter"),
    ("system_prompt", "System prompt in training"),
    ("max_new_tokens", "Tokens an answer"),
    ("temperature", "Temperature in training"),
    ("seed", "Seed"),
)


def build(material: Material) -> dict[str, Any] | None:
    """The charter as it was, and the settings that decide."""
    run = material.any_run
    if run is None:
        return {"missing": "No run is there to say what was asked."}
    spec = material.spec
    return {
        "charter": run.charter,
        "summary": spec.summary if spec else "",
        "system_prompt": spec.system_prompt if spec else "",
        "principles": _principles(material),
        "constraints": _constraints(material),
        "settings": _settings(material),
        "weights_known": spec is not None,
    }


def _principles(material: Material) -> list[dict[str, str]]:
    if material.spec:
        weights = material.spec.weights
        return [
            {
                "name": p.name,
                "title": p.title,
                "weight": percent(weights[p.name]),
                "judged": ", ".join(p.evidence),
            }
            for p in material.spec.principles
        ]
    return [
        {"name": m["name"], "title": m.get("title", ""), "weight": number(None), "judged": number(None)}
        for m in _metrics(material, "values")
    ]


def _constraints(material: Material) -> list[dict[str, str]]:
    if material.spec:
        from lawgiver.charter.scoped import quantity_of

        return [
            {"name": c.name, "title": c.title, "threshold": number(c.threshold), "held": quantity_of(c)}
            for c in material.spec.constraints
        ]
    return [
        {
            "name": m["name"],
            "title": m.get("title", ""),
            "threshold": number(m.get("threshold")),
            "held": clean(m.get("quantity") or "mean cost"),
        }
        for m in _metrics(material, "costs")
    ]


def _metrics(material: Material, kind: str) -> list[dict[str, Any]]:
    run = material.after
    return [m for m in run.metrics.values() if m.get("kind") == kind] if run else []


def _settings(material: Material) -> list[tuple[str, Any]]:
    training = material.align.config if material.align else {}
    evaluation = material.before.config if material.before else {}
    config = {**evaluation, **training}
    if not training:
        config.pop("system_prompt", None)  # the columns of the result table say which run had it
        labels = dict(SETTINGS) | {"temperature": "Temperature"}
    else:
        labels = dict(SETTINGS)
    shown = [(label, _shown(key, config[key])) for key, label in labels.items() if config.get(key) is not None]
    if "max_new_tokens" in evaluation and training.get("max_new_tokens") not in (
        None,
        evaluation["max_new_tokens"],
    ):
        shown.append(("Tokens an answer in evaluation", str(evaluation["max_new_tokens"])))
    return shown


def _shown(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "lora" and isinstance(value, dict):
        return f"LoRA, rank {value.get('rank')}, alpha {value.get('alpha')}"
    if key == "temperature" and value == 0:
        return "0 (greedy)"
    return f"{value:g}" if isinstance(value, float) else str(value)
