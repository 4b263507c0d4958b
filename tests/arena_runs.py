"""Evaluation runs to compare: scores planted at given rates, all else as the code writes."""

import random
from pathlib import Path

from certifiable_runs import write_run
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory


def arena_run(folder: Path, charter: Charter, *, good, bad, n=60, seed=0, long=0, unscored=(), **config) -> Path:
    """A run whose answers are good, and costly, at these rates; `long` more characters where they are good."""
    write_run(folder, charter, [{}] * n, **config)
    run, rng = Rows(folder), random.Random(seed)
    rows = []
    for i, row in enumerate(run.rows()):
        helps, harms = rng.random() < good, rng.random() < bad
        words = f"Answer {i} of {folder.name}, {rng.random():.3f}." + "!" * (long if helps else 0)
        values = {"failed": "no answer from the scorer"} if i in unscored else {"value": float(helps)}
        rows.append(
            row
            | {"response": words, "values": {"help": values}, "score": {"value": 0.5}}
            | {"costs": {"harm": {"value": float(harms)}, "over_refusal": {"value": float(not helps)}}}
            | {"labels": {"request": "lookalike" if i % 3 == 0 else "benign"}}
        )
    run.write(rows)
    return folder


class Rows:
    """The rows of a run, to be changed."""

    def __init__(self, folder: Path) -> None:
        self.run = RunDirectory(folder)

    def rows(self):
        return self.run.rows("judgements.jsonl")

    def write(self, rows) -> None:
        self.run.write_rows("judgements.jsonl", rows)
        metrics = [
            {"kind": "values", "name": "help", "title": "Help: does what was asked"},
            {"kind": "costs", "name": "harm", "title": "Harm: hurts", "threshold": 0.25},
        ]
        self.run.write("summary.json", {"n": len(rows), "metrics": metrics})


def change(folder: Path, turn) -> Path:
    """Turn every row of a run into another."""
    rows = Rows(folder)
    rows.write([turn(dict(row), i) for i, row in enumerate(rows.rows())])
    return folder
