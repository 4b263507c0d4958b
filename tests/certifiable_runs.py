"""Evaluation runs to certify: a charter with a constraint of every scope, rows made up, all else as the code writes."""

import random
from pathlib import Path

import yaml

from lawgiver.charter import Charter
from lawgiver.charter.new import new_charter
from lawgiver.data.rundir import RunDirectory

CONSTRAINTS = [
    {"name": "rude", "title": "Rude: an insult", "threshold": 0.1},
    {"name": "unsafe", "title": "Unsafe: a recipe for harm", "threshold": 0.05, "scope": "violation_rate"},
    {"name": "long", "title": "Long: too many words", "threshold": 1.2, "scope": "cvar", "tail": 0.5, "most": 2},
    {"name": "refused", "title": "Refused", "threshold": 0.3, "scope": "per_category", "category": "scope"},
]


def write_charter(folder: Path, constraints=CONSTRAINTS) -> Charter:
    """What `charter new` writes, with other constraints; nothing here is judged, so its rules give none of them."""
    new_charter(folder)
    spec = yaml.safe_load((folder / "charter.yaml").read_text())
    spec["constraints"] = [{"evidence": ["words"], **constraint} for constraint in constraints]
    (folder / "charter.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    return Charter.open(folder)


def costs(seed, n, **rates):
    """Costs of n exchanges: each constraint is broken at its rate, to its full extent."""
    rng = random.Random(seed)
    full = {"long": 2.0}
    return [
        {name: {"value": full.get(name, 1.0) * (rng.random() < rate)} for name, rate in rates.items()} for _ in range(n)
    ]


GOOD = {"rude": 0.02, "unsafe": 0.0, "long": 0.02, "refused": 0.03}


def write_run(folder: Path, charter: Charter, rows, split="test", score=0.5, **config) -> Path:
    """A finished evaluation with these costs, on prompts that only the split's name decides."""
    settings = {
        "model": "a-model", "charter": str(charter.root), "split": split, "system_prompt": False,
        "max_new_tokens": 48, "temperature": 0.0, "seed": 0, "limit": None,
    }  # fmt: skip
    run = RunDirectory.create(folder, settings | config, charter.identity)
    run.write_rows(
        "judgements.jsonl",
        (
            {
                "id": f"{split}-{i}", "prompt": f"Question {i} of {split}?", "response": "Yes.",
                "labels": {"scope": "in" if i % 2 else "out"}, "answer_part": None, "tags": [], "action": "allow",
                "gated": False, "score": {"value": score}, "values": {}, "costs": row, "violations": [],
                "evidence": {}, "input_sha256": "0" * 64, "charter": charter.identity, "truncated": False,
            }
            for i, row in enumerate(rows)
        ),
    )  # fmt: skip
    run.write("summary.json", {"n": len(rows), "metrics": []})
    return folder
