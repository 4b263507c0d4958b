"""What learning in games costs, beside the sampled procedure of arXiv 2410.01639. Prints JSON.

python benchmarks/games.py --only estimators xi gradient             # tables, no language model
python benchmarks/games.py --only prefix exact > ours.json           # a few minutes
python benchmarks/games.py --only paper --budget-seconds 480 --merge ours.json
python benchmarks/games.py --only paper --tuned --budget-seconds 300 --merge ours.json

`prefix`: shared prefixes against a plain batch. `exact`: the shipped recipe until the policy is the optimum. `paper`:
sampled PPO on the same model, game and criterion, or until the budget is spent. `--merge` takes up results printed
before, so that ratios can be told. `--progress` keeps every step, in case a run is cut short.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lawgiver.data.rundir import environment

NAMES = ("prefix", "paper", "exact", "estimators", "xi", "gradient")
XIS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0)
RECIPE = Path(__file__).parents[1] / "recipes" / "moral.yaml"


def languages(options: argparse.Namespace, say: Callable[[dict[str, Any]], None]) -> dict[str, Callable[[], Any]]:
    """The parts that load a language model."""
    import games_exact
    import games_ppo
    import games_prefix
    import games_race
    import torch

    from lawgiver.games.learn.plan import prepare
    from lawgiver.games.learn.recipe import read_games_recipe
    from lawgiver.models.load import LoadedModel, load

    plan = prepare(read_games_recipe(options.recipe, [f"seed={options.seed}", "stop=null", *options.set]))

    def fresh() -> LoadedModel:
        return load(plan.recipe.model)

    settings = games_ppo.TUNED if options.tuned else games_ppo.Settings()
    settings = replace(settings, learning_rate=options.learning_rate or settings.learning_rate)
    if options.word_only:
        settings = replace(settings, ended=False)
    return {
        "threads": torch.get_num_threads,
        "prefix": lambda: games_prefix.bench(plan, options.repeats, options.seed),
        "exact": lambda: games_exact.bench(plan, fresh, options.every, options.most, say),
        "paper": lambda: games_race.race(
            plan, fresh, settings, options.budget_seconds, options.every_episodes, variant(options), say
        ),
    }


def variant(options: argparse.Namespace) -> str:
    """Under which name the sampled procedure's result is kept."""
    return "paper_tuned" if options.tuned else "paper"


def tables(options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """The parts that do not."""
    import games_tabular as tabular

    return {
        "estimators": lambda: {
            "reach": tabular.reach(options.seeds, options.most_updates, options.seed),
            "erasure": tabular.erasure(),
        },
        "xi": lambda: tabular.xi_sweep(XIS, options.xi_updates, options.seed),
        "gradient": lambda: tabular.gradient_check(options.draws, options.seed),
    }


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="over the recipe's")
    parser.add_argument("--repeats", type=int, default=5, help="prefix: timings of each way")
    parser.add_argument("--tuned", action="store_true", help="paper: the tuned variant")
    parser.add_argument("--learning-rate", type=float, help="paper: another than the variant's own")
    parser.add_argument("--word-only", action="store_true", help="paper: an answer need not end its turn")
    parser.add_argument("--budget-seconds", type=float, default=480, help="paper: training time at most")
    parser.add_argument("--every-episodes", type=int, default=5, help="paper: updates between looks")
    parser.add_argument("--every", type=int, default=2, help="exact: updates between looks")
    parser.add_argument("--most", type=int, help="exact: updates at most (default: the recipe's)")
    parser.add_argument("--seeds", type=int, default=30, help="estimators: runs of each")
    parser.add_argument("--most-updates", type=int, default=1000, help="estimators: updates of a run at most")
    parser.add_argument("--xi-updates", type=int, default=400, help="xi: updates of a run")
    parser.add_argument("--draws", type=int, default=20_000, help="gradient: Monte Carlo estimates")
    parser.add_argument("--merge", type=Path, nargs="+", default=[], help="results printed before")
    parser.add_argument("--progress", type=Path, help="file that gets a line of JSON at every step")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Do what is asked for; returns the document that is printed."""
    began = time.perf_counter()

    def say(row: dict[str, Any]) -> None:
        if options.progress:
            with options.progress.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"at": round(time.perf_counter() - began, 1), **row}) + "\n")

    results: dict[str, Any] = {}
    for path in options.merge:
        results |= json.loads(path.read_text(encoding="utf-8"))["results"]
    parts = tables(options)
    threads = None
    if set(options.only) - parts.keys():
        parts |= languages(options, say)
        threads = parts.pop("threads")()
    for name in (name for name in NAMES if name in options.only):
        result = {**parts[name](), "load_1min": round(os.getloadavg()[0], 2), "threads": threads}
        key = variant(options) if name == "paper" else name
        results[key] = result
        say({"result": {key: result}})
    document: dict[str, Any] = {
        "command": " ".join(["python", "benchmarks/games.py", *sys.argv[1:]]),
        "seed": options.seed,
        "environment": environment(),
        "results": results,
    }
    if "paper" in results or "paper_tuned" in results:
        import games_race

        document["ratios"] = games_race.ratios(results)
    return document


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    print(json.dumps(run(parse(arguments)), indent=1))


if __name__ == "__main__":
    main()
