"""A run of reward and cost models as training writes it, without a model: numbers made up, documents in their form."""

import math
from pathlib import Path

import numpy as np

from lawgiver.align.preference_models.measure import held_out_rows, measure
from lawgiver.data.preference import Pair
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import Failed, Value

PAIRS, FAILED = 60, 3
ASK = ({"role": "user", "content": "Is it <b>so</b>?"},)


def pairs():
    """Half of the pairs have two safe answers; the chosen one is always safe and shorter."""
    return [
        Pair(
            "safe", ASK, "No.", "It is so.", id=f"<i>{n}</i>", group=f"g{n}", chosen_safe=True, rejected_safe=n % 2 == 0
        )
        for n in range(PAIRS)
    ]


def scored(objective):
    """The answer that shall score higher mostly does; three of them were not scored."""
    rng = np.random.default_rng(5 if objective == "cost" else 6)
    unsafe = np.array([not pair.rejected_safe for pair in pairs()])
    higher = rng.normal(np.where(unsafe, 1.2, -0.5) if objective == "cost" else 0.7, 0.8, size=PAIRS)
    lower = rng.normal(-0.9, 0.6, size=PAIRS)
    failed = [Failed("too long") if n < FAILED else Value(float(x)) for n, x in enumerate(higher)]
    return failed, [Value(float(x)) for x in lower]


def write_preference_models(folder: Path, *, finished=True, kept=True) -> Path:
    """A reward and a cost for each role; with `finished` false the last one is not, without `kept` as of old."""
    heads = {each: {"data": "safe", "held_out": "test"} for each in ("reward", "cost")}
    roles = ["training", "evaluation"]
    config = {"type": "preference-models", "model": "SmolLM2-135M-Instruct", "heads": heads, "roles": roles}
    run = RunDirectory.create(folder, config, {})
    run.write("data.json", {"data": {}, "files": {"my/<pairs>.jsonl": "9f" * 32}, "models": {}})
    models = {}
    for objective in heads:
        for role in roles:
            name = f"{objective}-{role}"
            settings = {"type": "preference-model", "model": config["model"], "objective": objective, "role": role}
            own = RunDirectory.create(folder / name, settings, {})
            for step in range(1, 9):
                own.log({"step": step, "loss": 0.7 * math.exp(-step / 8), "seconds": 2.0})
            if name == "cost-evaluation" and not finished:
                continue
            higher, lower = scored(objective)
            own.write("head.json", {"objective": objective, "role": role, "scale": 1.5, "mean": 0.0})
            if kept:
                own.write_rows("held_out.jsonl", held_out_rows(objective, pairs(), higher, lower))
            models[name] = {
                "objective": objective, "role": role, "steps": 8, "trained_on": 120, "left_out": {},
                **measure(objective, pairs(), higher, lower, trained_on=pairs()), "head_sha256": "ab" * 32,
                "seconds": 16.0,
            }  # fmt: skip
            own.write("summary.json", models[name])
    if finished:
        run.write("summary.json", {"kind": "align-preference-models", "models": models})
    return folder
