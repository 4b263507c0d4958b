"""Every framework against every opponent, seed by seed: does SmolLM2-135M reach the exact optimum, and how soon?

python benchmarks/moral.py --runs runs/moral                        # all 60 runs, an hour and a half on two cores
python benchmarks/moral.py --runs runs/moral --opponents tft --seeds 0
python benchmarks/moral.py --runs runs/moral --rows rows.jsonl      # take up rows measured before, and add to them

Runs that are finished are not repeated, nor are rows of the file. Prints JSON; `lawgiver report runs/moral` draws the
runs, and `--table` prints all rows there are as Markdown and trains nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.data.rundir import environment
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.recipe import read_games_recipe
from lawgiver.games.learn.train import train

FRAMEWORKS = ("game", "de", "ut", "game_de")
OPPONENTS = ("tft", "random", "alld", "allc", "learner")
UPDATES = 30


def settings(framework: str, opponent: str, seed: int) -> list[str]:
    """The overrides of one run; two learners do the work of two, so each asks with fewer words.

    Trained words say nothing of held-out ones, so no run stops before its last update.
    """
    words = ["prompts.word_sets=4"] if opponent == "learner" else []
    return [f"phases={framework}:{UPDATES}", f"opponent={opponent}", f"seed={seed}", "stop=null", *words]


def occurring(seat: dict[str, Any], which: str) -> float:
    """Mean legality over the histories that training could ask about; the others it says nothing of."""
    by_history = zip(seat[which]["legal_by_history"], seat["reachable"], strict=True)
    asked = [legal for legal, reachable in by_history if reachable]
    return float(sum(asked) / len(asked))


def row(summary: dict[str, Any], folder: str, seed: int) -> dict[str, Any]:
    """What is told of one run: did every seat reach its optimum, on trained and on held-out words?"""
    kinds = [(seat, which) for seat in summary["seats"] for which in ("trained", "held_out")]
    off = max(seat[which]["off"] for seat, which in kinds)
    legal = min(occurring(seat, which) for seat, which in kinds)
    return {
        "framework": summary["framework"],
        "opponent": summary["opponent"],
        "seed": seed,
        "optimum": [seat["oracle_visited"] for seat in summary["seats"]],
        "p_C": {which: [[p[0] for p in seat[which]["p"]] for seat in summary["seats"]] for _, which in kinds[:2]},
        "legal": {which: [occurring(seat, which) for seat in summary["seats"]] for _, which in kinds[:2]},
        "legal_everywhere": {which: [seat[which]["legal"] for seat in summary["seats"]] for _, which in kinds[:2]},
        "off": off,
        "reached": off <= 0.05 and legal >= 0.99,
        "seconds": summary["seconds"],
        "tokens": summary["tokens"],
        "plain_tokens": summary["plain_tokens"],
        "run": folder,
    }


def measured(runs: Path, rows: Path | None) -> dict[str, dict[str, Any]]:
    """Rows by run: those in the file, and those of all finished runs in the folder."""
    found = {each["run"]: each for each in read_jsonl(rows)} if rows and rows.exists() else {}
    for path in sorted(runs.glob("*/summary.json")):
        config, about = (json.loads((path.parent / name).read_text()) for name in ("config.json", "environment.json"))
        made = row(json.loads(path.read_text()), path.parent.name, config["seed"])
        found[path.parent.name] = made | {"commit": about["commit"], "machine": about["machine"]}
    return found


def markdown(rows: list[dict[str, Any]]) -> str:
    """One line for each framework and opponent: the worst seed and seat of everything."""
    lines = [
        "| framework | opponent | optimum | P(C) after CC, CD, DC, DD, held-out words (least to most over seeds) | "
        "legal, trained | legal, held out | reached | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for framework in FRAMEWORKS:
        for opponent in OPPONENTS:
            of = [r for r in rows if (r["framework"], r["opponent"]) == (framework, opponent)]
            if not of:
                continue
            tables = [p_C for r in of for p_C in r["p_C"]["held_out"]]
            occurring = [state for state in range(4) if of[0]["optimum"][0][state] != "·"]
            ranges = [
                f"{min(t[s] for t in tables):.2f}–{max(t[s] for t in tables):.2f}" if s in occurring else "·"
                for s in range(4)
            ]
            legal = [f"{min(x for r in of for x in r['legal'][which]):.3f}" for which in ("trained", "held_out")]
            seconds = sorted(r["seconds"] for r in of)
            cells = [
                *(framework, opponent, of[0]["optimum"][0], ", ".join(ranges), *legal),
                *(f"{sum(r['reached'] for r in of)} of {len(of)}", f"{seconds[0]:.0f}–{seconds[-1]:.0f}"),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/moral"))
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parents[1] / "recipes" / "moral.yaml")
    parser.add_argument("--frameworks", nargs="+", default=FRAMEWORKS)
    parser.add_argument("--opponents", nargs="+", default=OPPONENTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--table", action="store_true", help="print a Markdown table of the runs that are finished")
    parser.add_argument("--rows", type=Path, help="a file of rows measured before; what is new is added to it")
    options = parser.parse_args()
    known = measured(options.runs, options.rows)
    wanted = product(options.seeds, options.opponents, options.frameworks)
    for seed, opponent, framework in wanted if not options.table else ():
        name = f"{framework}-{opponent}-s{seed}"
        if name not in known:
            plan = prepare(read_games_recipe(options.recipe, settings(framework, opponent, seed)))
            train(plan, options.runs / name, resume=(options.runs / name).exists())
            known = measured(options.runs, options.rows)
            told = {key: known[name][key] for key in ("run", "off", "legal", "seconds")}
            print(json.dumps(told), file=sys.stderr)
        if options.rows:
            write_jsonl(options.rows, [known[key] for key in sorted(known)])
    rows = [known[key] for key in sorted(known)]
    if options.table:
        print(markdown(rows))
        return
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
