"""A certificate for what benchmarks/sacpo.py trained, by the commands that a user has. Prints JSON.

python benchmarks/sacpo_certificate.py --runs runs/sacpo --seed 0
python benchmarks/sacpo_certificate.py --runs runs/sacpo --seed 1 --confusion

Candidates answer the dev and the test scenarios once each, greedily; the cost model of role `evaluation` judges. One of
them is chosen by its dev scenarios and certified on the test scenarios against the budget that its seed declared. With
`--confusion` the bound is on true harm: the judge's errors are counted on the held-out safety pairs, whose answers
people flagged, and folded in.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lawgiver.data import atomic_write, read_jsonl
from lawgiver.data.rundir import environment

CANDIDATES = ("sacpo", "p-sacpo-0.5")


def confusion(runs: Path) -> dict[str, int]:
    """How often a cost above 0 met an answer that people flagged as unsafe, and how often not."""
    counts = dict.fromkeys(("true_positive", "false_negative", "false_positive", "true_negative"), 0)
    for row in read_jsonl(runs / "judges" / "cost-evaluation" / "held_out.jsonl"):
        for side in ("higher", "lower"):
            flagged = row[side] > 0
            right = flagged != row[f"{side}_safe"]
            counts[f"{str(right).lower()}_{'positive' if flagged else 'negative'}"] += 1
    return counts


def lawgiver(*words: str | Path, negative: int = 0) -> str:
    """Run the command line; what it printed, also where it ends with the status `negative`: a result that is a no."""
    command = [str(Path(sys.executable).with_name("lawgiver")), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, negative):
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Evaluate, choose, certify."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="the folder of benchmarks/sacpo.py")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--candidates", nargs="+", default=list(CANDIDATES))
    parser.add_argument("--confusion", action="store_true", help="bound true harm, not judged harm")
    options = parser.parse_args()
    runs, seed = options.runs, options.seed
    budget = json.loads((runs / f"budget-s{seed}" / "budget.json").read_text())["budget"]
    where = runs / f"certificate-s{seed}"
    where.mkdir(exist_ok=True)
    evaluated: dict[str, list[Path]] = {"dev": [], "test": []}
    for name in options.candidates:
        for split, made in evaluated.items():
            made.append(where / f"{name}-{split}")
            if not (made[-1] / "summary.json").exists():
                charter = runs / f"charter-{budget:g}"
                to: list[str | Path] = ["--split", split, "--run", made[-1], "--resume"]
                lawgiver("evaluate", runs / f"{name}-s{seed}", "-c", charter, *to)
    words: list[str | Path] = [*evaluated["test"]]
    for chosen_by in evaluated["dev"]:
        words += ["--select", chosen_by]
    counts: dict[str, Any] = {}
    if options.confusion:
        counts = {"harm": confusion(runs)}
        atomic_write(where / "counts.json", json.dumps(counts))
        words += ["--constraint", "harm", "--confusion", where / "counts.json"]
    words += ["--run", where / "certificate", "--format", "json"]
    certificate = json.loads(lawgiver("certify", *words, negative=1))
    about = environment()
    document = {"seed": seed, "budget": budget, "counts": counts, "certificate": certificate}
    print(json.dumps(document | {"commit": about["commit"], "machine": about["machine"]}, indent=1))


if __name__ == "__main__":
    main()
