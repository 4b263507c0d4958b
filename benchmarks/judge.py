"""How many exchanges a second a charter judges on one core, with and without its fitted judge. Prints JSON.

python benchmarks/judge.py --charter medical --exchanges 2000
"""

from __future__ import annotations

import argparse
import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

from lawgiver.charter import Charter
from lawgiver.charter.files import label_rows
from lawgiver.data import Exchange
from lawgiver.data.rundir import environment
from lawgiver.evidence import FittedJudge, collect
from lawgiver.evidence.fit import label_exchange


def timed(exchanges: list[Exchange], charter: Charter) -> dict[str, float]:
    """Exchanges a second: everything, evidence without the fitted judge, policy alone."""
    quick = [scorer for scorer in charter.scorers if not isinstance(scorer, FittedJudge)]
    started = time.perf_counter()
    charter.judge(exchanges)
    whole = time.perf_counter() - started
    started = time.perf_counter()
    evidence = collect(exchanges, charter.scorers)
    all_evidence = time.perf_counter() - started
    started = time.perf_counter()
    collect(exchanges, quick)
    lexical = time.perf_counter() - started
    count = len(exchanges)
    del evidence
    return {
        "judge": count / whole,
        "judge_without_fitted": count / (whole - all_evidence + lexical),
        "evidence": count / all_evidence,
        "lexical_evidence": count / lexical,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--charter", default="medical")
    parser.add_argument("--exchanges", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    charter = Charter.open(options.charter)
    rows = label_rows(charter.root)
    labels = {name: next(iter(values)) for name, values in charter.spec.taxonomy.items()}
    texts = [label_exchange({**rows[n % len(rows)], "prompt_labels": labels}) for n in range(options.exchanges)]
    timed(texts[:100], charter)
    # a new word at the end of each text, so that no cache knows it
    runs = [
        timed(
            [Exchange(e.messages, f"{e.response} {r}x{n}", e.labels, e.context) for n, e in enumerate(texts)], charter
        )
        for r in range(options.repeats)
    ]
    median = {key: sorted(run[key] for run in runs)[len(runs) // 2] for key in runs[0]}
    result = {
        "exchanges": options.exchanges,
        "repeats": options.repeats,
        "per_second_median": {key: round(value) for key, value in median.items()},
        "environment": environment(),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
