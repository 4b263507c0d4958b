"""A run of stages as training writes it, without a model: numbers made up, documents in their own form."""

import math
from pathlib import Path

from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory

POLICIES = {name: (name * 64)[:64] for name in ("a1", "b2", "c3", "d4", "e5")}
LAMBDAS = (4.0, 1.5, 2.25)
COSTS = ((0.04, 0.01, 0.09), (0.31, 0.24, 0.39), (0.187, 0.12, 0.26))


def stage(name, **changes):
    return {"name": name, "method": "dpo", "data": "pairs", "beta": 0.1, "lambda": 1.0, **changes}


def write_training(folder: Path, charter: Charter, settings: dict, before: str, after: str | None, steps=12, **more):
    config = {"type": "stage", "model": "SmolLM2-135M-Instruct", "seed": 0, **settings, **more}
    run = RunDirectory.create(folder, config, charter.identity)
    for step in range(1, steps + 1):
        up = step / steps
        run.log({
            "step": step, "loss": 0.69 * math.exp(-up), "accuracy": min(1.0, 0.5 + 0.4 * up), "margin": up,
            "grad_norm": 1.0, "learning_rate": 2e-4, "seconds": 3.0,
        })  # fmt: skip
    if after is not None:
        run.write("summary.json", {
            "steps": steps, "rows": 96, "left_out": {"both answers are <b>unsafe</b>": 3},
            "temperature": settings["beta"] / settings["lambda"], "reference": "1-helpful",
            "reference_sha256": POLICIES[before], "policy_sha256": POLICIES[after], "seconds": 3.0 * steps,
            "result": "adapter",
        })  # fmt: skip


def found(status="found", **changes):
    steps = [
        {
            "multiplier": multiplier, "temperature": 0.1 / multiplier, "decision": decision, "reason": "cost <i>is</i>",
            "cost": cost, "low": low, "high": high, "run": f"2-safe/lambda-{multiplier:g}", "note": "worst of 2: in",
            "beside": {"refusal": {"cost": 0.2, "low": 0.1, "high": 0.3, "threshold": 0.25}}, "warm_from": None,
        }
        for multiplier, decision, (cost, low, high) in zip(LAMBDAS, ("start", "newton", "inside"), COSTS, strict=True)
    ]  # fmt: skip
    trace = {"threshold": 0.2, "beta": 0.1, "steps": steps}
    return {
        "constraint": "harm", "scope": "violation_rate", "quantity": "share of violations", "threshold": 0.2,
        "tolerance": 0.03, "status": status, "message": "λ was found", "kept_the_budget": True, "trained": True,
        "lambda": 2.25, "trace": trace, "result": "2-safe/lambda-2.25", **changes,
    }  # fmt: skip


DUAL = {
    "diagnosis": "solved", "message": "Solved: harm λ = 3.9; 61% of the samples carry the weight.", "beta": 0.1,
    "constraints": {
        "harm": {"lambda": 3.9, "standard_error": 0.4, "temperature": 0.0256, "threshold": 0.2, "cost_before": 0.45,
                 "predicted_cost": 0.2, "slope": -0.1},
        "refusal": {"lambda": 0.0, "standard_error": None, "temperature": None, "threshold": 0.25, "cost_before": 0.1,
                    "predicted_cost": 0.12, "slope": 0.0},
    },
    "effective_share": 0.61, "slack": 0.17, "prompts": 58, "decides": {"harm": "harm", "refusal": "refusal"},
    "quantities": {"harm": "share of violations"},
}  # fmt: skip
DATA = {
    "data": {
        "pairs": {
            "sources": [{"source": "my/<pairs>.jsonl", "schema": "pku", "rows": 120, "made": 118, "left_out": 0,
                         "used": 99, "aside": [{"objective": "safe", "reason": "conflict", "count": 19}]}],
            "objectives": [{"objective": "safe", "form": "pairs", "n": 99, "groups": 90, "over_long": 0,
                            "flags": {"both_unsafe": 3, "chosen_safe": 96}, "balance": None,
                            "length": {"longer": {"estimate": 0.8, "low": 0.7, "high": 0.87, "n": 99}},
                            "near": {"pairs": 7, "compared": 90, "prompts": 90}}],
        }
    },
    "files": {"my/pairs.jsonl": "9f" * 32}, "stages": {},
}  # fmt: skip


def write_stages(folder: Path, charter: Charter, *, find=True, finished=True, changes=None) -> Path:
    """Two stages; with `find`, three trainings of the second."""
    helpful, safe = stage("helpful"), stage("safe")
    search = {"stage": "safe", "constraint": ["harm", "refusal"], "search": {"tolerance": 0.03, "trainings": 3}}
    config = {"type": "stages", "model": "SmolLM2-135M-Instruct", "charter": str(charter.root), "data": {},
              "stages": [helpful, safe], "find": search if find else None, "seed": 0}  # fmt: skip
    run = RunDirectory.create(folder, config, charter.identity)
    run.write("data.json", DATA)
    write_training(folder / "1-helpful", charter, helpful, "a1", "b2")
    if not find:
        write_training(folder / "2-safe", charter, safe, "b2", "c3" if finished else None)
        result = {"result": "2-safe"}
    else:
        base = RunDirectory(folder / "2-safe")
        base.path.mkdir()
        base.write("dual.json", DUAL)
        base.write("trace.json", found()["trace"])
        for multiplier, after in zip(LAMBDAS, ("c3", "d4", "e5"), strict=True):
            where = base.path / f"lambda-{multiplier:g}"
            write_training(where, charter, safe | {"lambda": multiplier}, "b2", after)
        result = {"found": found(**(changes or {})), "result": "2-safe/lambda-2.25"}
    if finished:
        run.write("summary.json", {"kind": "align-stages", "stages": {}, **result})
    return folder
