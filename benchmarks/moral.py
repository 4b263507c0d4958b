"""Every framework against every opponent, seed by seed: does SmolLM2-135M reach the exact optimum, and how soon?

python benchmarks/moral.py --runs runs/moral                         # all 60 runs, about an hour on two cores
python benchmarks/moral.py --runs runs/moral --opponents tft --seeds 0

Runs that are finished are not repeated. Prints JSON; `lawgiver report runs/moral` draws it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lawgiver.data.rundir import environment
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.recipe import read_games_recipe
from lawgiver.games.learn.train import train

FRAMEWORKS = ("game", "de", "ut", "game_de")
OPPONENTS = ("tft", "random", "alld", "allc", "learner")
UPDATES = (22, 20)
"""Alone, and of two learners each."""


def settings(framework: str, opponent: str, seed: int) -> list[str]:
    """The overrides of one run; two learners share the time of one, so each asks with fewer words."""
    words = ["prompts.word_sets=4"] if opponent == "learner" else []
    updates = UPDATES[opponent == "learner"]
    return [f"phases={framework}:{updates}", f"opponent={opponent}", f"seed={seed}", *words]


def row(summary: dict[str, Any], folder: str, seed: int) -> dict[str, Any]:
    """What is told of one run: did every seat reach its optimum, on trained and on held-out words?"""
    kinds = [(seat, which) for seat in summary["seats"] for which in ("trained", "held_out")]
    off = max(seat[which]["off"] for seat, which in kinds)
    legal = min(seat[which]["legal"] for seat, which in kinds)
    return {
        "framework": summary["framework"],
        "opponent": summary["opponent"],
        "seed": seed,
        "optimum": [seat["oracle_visited"] for seat in summary["seats"]],
        "p_C": {which: [[p[0] for p in seat[which]["p"]] for seat in summary["seats"]] for _, which in kinds[:2]},
        "legal": {which: [seat[which]["legal"] for seat in summary["seats"]] for _, which in kinds[:2]},
        "off": off,
        "reached": off <= 0.05 and legal >= 0.99,
        "seconds": summary["seconds"],
        "tokens": summary["tokens"],
        "plain_tokens": summary["plain_tokens"],
        "run": folder,
    }


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/moral"))
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parents[1] / "recipes" / "moral.yaml")
    parser.add_argument("--frameworks", nargs="+", default=FRAMEWORKS)
    parser.add_argument("--opponents", nargs="+", default=OPPONENTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    options = parser.parse_args()
    rows = []
    for seed in options.seeds:
        for opponent in options.opponents:
            for framework in options.frameworks:
                plan = prepare(read_games_recipe(options.recipe, settings(framework, opponent, seed)))
                folder = options.runs / f"{framework}-{opponent}-s{seed}"
                summary = train(plan, folder, resume=folder.exists())
                rows.append(row(summary, folder.name, seed))
                print(json.dumps({key: rows[-1][key] for key in ("run", "off", "legal", "seconds")}), file=sys.stderr)
    seconds = sorted(r["seconds"] for r in rows)
    print(
        json.dumps(
            {
                "runs": len(rows),
                "reached": sum(r["reached"] for r in rows),
                "seconds": {"median": seconds[len(seconds) // 2], "most": seconds[-1]},
                "environment": environment(),
                "rows": rows,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
