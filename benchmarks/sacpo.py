"""Helpful first, then safe, on real preference data: SACPO with λ found, P-SACPO, and the methods beside them.

python benchmarks/sacpo.py --data FOLDER --runs runs/sacpo                      # everything, some hours on two cores
python benchmarks/sacpo.py --data FOLDER --runs runs/sacpo --seeds 0 --models base helpful sacpo
python benchmarks/sacpo.py --rows docs/results/sacpo.jsonl --table --plot docs/results/sacpo.svg

FOLDER holds `oasst1_helpful_pairs.jsonl.gz`, `llamafactory_dpo_demo.jsonl.gz` and `pku_saferlhf.jsonl.gz`;
`guard/benign.jsonl.gz` is beside it. Harm is what a cost model says, trained on pairs that no policy learns from:
safety pairs, the charter's own, and everyday exchanges. One finds λ, another on other pairs measures. The budget is
declared before any second stage is trained: a share of what the helpful policy costs on the dev scenarios.

Whatever is finished is not done again, nor are rows of the file; a judge that was trained again has rows, and a table,
of its own. Each model answers the charter's test scenarios four times, and both answers of held-out pairs are scored.
Prints JSON; `--table` prints Markdown and trains nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import yaml
from sacpo_table import markdown, plot

from lawgiver.align.merge import MergeConfig
from lawgiver.align.merge.plan import plan_merge
from lawgiver.align.merge.run import merge
from lawgiver.align.preference_models.plan import prepare as prepare_models
from lawgiver.align.preference_models.recipe import PreferenceModelsRecipe
from lawgiver.align.preference_models.run import train_preference_models
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.recipe import StagesRecipe
from lawgiver.align.stages.run import train_stages
from lawgiver.align.stages.sampled import sampled
from lawgiver.align.stages.stage import Stage
from lawgiver.charter import Charter
from lawgiver.charter.find import find_charter
from lawgiver.charter.judgement import Judgement
from lawgiver.data import atomic_write, read_jsonl, write_jsonl
from lawgiver.data.preference import BlindTexts, Pair, PreferenceSource, read_preferences, split_by_group
from lawgiver.data.preference.record import Record
from lawgiver.data.preference.source import file_rows
from lawgiver.data.preference.split import unit_interval
from lawgiver.data.rundir import RunDirectory, environment
from lawgiver.models.adapter import lineage
from lawgiver.models.load import LoadedModel, load, load_tokenizer
from lawgiver.models.prompt import encode
from lawgiver.models.score import score

MODEL, CHARTER, JUDGES = "smollm2-135m-instruct", "harmless", "judges"
SOURCES = {"helpful": ["oasst1_helpful_pairs", "llamafactory_dpo_demo"], "safe": ["pku_saferlhf"]}
OWN = "preferences/train.jsonl"
"""Pairs in the charter's folder, more than half of them with two safe answers."""
EVERYDAY = 300
"""Everyday exchanges that the cost models learn to find safe."""
PAIRS, PROMPT, ANSWER = 600, 208, 64
"""Pairs a stage trains on; tokens of a prompt, longer ones being left out; tokens of an answer, longer ones being cut,
since answers of 48 are judged.
"""
LENGTH = PROMPT + ANSWER + 2
HELD_OUT = 100
"""Held-out pairs of each objective at most."""
SAMPLES, NEW_TOKENS = 4, 48
MERGED = ("p-sacpo", "naive")
MERGES = tuple(f"{name}-{q}" for q in (0.5, 0.25, 0.75) for name in MERGED)
REFUSAL = "I'm sorry, but I can't help with that."
TRIVIAL = ("prompt-only", "refuse-all")
"""Nothing is trained: the base told the charter's system prompt, and the refusal above to everything."""
ONE_SHOT = ("safedpo", "modpo", "bfpo", "can")
ORDER = ("base", *TRIVIAL, "helpful", "sacpo", "dpo-safe", *MERGES[:2], *ONE_SHOT, *MERGES[2:])
HELPFUL = Stage(name="helpful", method="dpo", data="helpful", beta=0.1, max_length=LENGTH)
SAFE = Stage(name="safe", method="dpo", data="safe", beta=0.1, max_length=LENGTH)
START_LAMBDA = 4.0
SHARE = 2 / 3
"""The budget of harm, as a share of the helpful policy's on the dev scenarios."""


def split(data: Path, runs: Path) -> dict[str, Path]:
    """Write pairs to train on, pairs for the cost models, and pairs to hold out, by group, once."""
    names = ("helpful-train", "helpful-test", "safe-train", "safe-judge", "safe-test", "everyday-judge", "both-train")
    files = {name: runs / "data" / f"{name}.jsonl" for name in names}
    if all(path.exists() for path in files.values()):
        return files
    tokenizer = load_tokenizer(MODEL)
    for name, sources in SOURCES.items():
        read = read_preferences(
            [PreferenceSource(source=str(data / f"{source}.jsonl.gz"), objective=name) for source in sources],
            refuse=data.parent / "blind_text_sha1.txt",
        )
        parts = split_by_group(read.records)
        learned = [r for r in (*parts.train, *parts.dev) if fits(r, tokenizer)]
        held = [r for r in parts.test if fits(r, tokenizer)]
        learned.sort(key=lambda r: unit_interval(str(r.group), "benchmark:sacpo"))
        # a group is on one side: the last that is begun is finished
        last = str(learned[PAIRS - 1].group)
        cut = max(at for at, r in enumerate(learned) if str(r.group) == last) + 1 if name == "safe" else len(learned)
        for part, some in (("train", learned[:cut]), ("judge", learned[cut:]), ("test", held)):
            if some:
                files[f"{name}-{part}"].parent.mkdir(parents=True, exist_ok=True)
                write_jsonl(files[f"{name}-{part}"], (cut_short(tokenizer, each).to_json() for each in some))
    # one list for the methods that know no stages, ranked answers of people being taken for safe
    ranked = [
        pair | {"chosen_safe": True, "rejected_safe": True} for pair in read_jsonl(files["helpful-train"])[:PAIRS]
    ]
    flagged = [pair | {"objective": "helpful"} for pair in read_jsonl(files["safe-train"])[:PAIRS]]
    write_jsonl(files["both-train"], ranked + flagged)
    benign = data.parent / "guard" / "benign.jsonl.gz"
    everyday = both_safe([row for _, row in file_rows(benign) if row["source"].startswith("dolly")], tokenizer)
    blind = BlindTexts.read(data.parent / "blind_text_sha1.txt")
    chosen = [pair for pair in everyday if not blind.touch(pair)][:EVERYDAY]
    write_jsonl(files["everyday-judge"], (each.to_json() for each in chosen))
    return files


def both_safe(rows: list[dict[str, Any]], tokenizer: Any) -> list[Pair]:
    """Pairs of a question's answer and another question's, both of them safe; which one comes first means nothing."""
    pairs = [
        cut_short(
            tokenizer,
            Pair(
                objective="safe",
                prompt=({"role": "user", "content": row["text"]},),
                chosen=answer,
                rejected=other,
                id=row["id"],
                group=row["id"],
                chosen_safe=True,
                rejected_safe=True,
            ),
        )
        for at, (row, before) in enumerate(zip(rows[1:], rows[:-1], strict=True))
        for answer, other in [(row["response"], before["response"])[:: 1 if at % 2 else -1]]
    ]
    return [pair for pair in pairs if fits(pair, tokenizer)]


def fits(record: Record, tokenizer: Any) -> TypeGuard[Pair]:
    """Whether it is a pair with a prompt that is short enough."""
    return isinstance(record, Pair) and len(encode(tokenizer, record.prompt)) <= PROMPT


def cut_short(tokenizer: Any, pair: Pair) -> Pair:
    """The pair with what training reads of its answers."""
    chosen, rejected = (
        tokenizer.decode(tokenizer(answer, add_special_tokens=False)["input_ids"][:ANSWER])
        for answer in (pair.chosen, pair.rejected)
    )
    return replace(pair, chosen=chosen, rejected=rejected)


def judges(files: dict[str, Path], runs: Path) -> Path:
    """Train the two cost models of all seeds, each on a half of the pairs set aside for them."""
    folder = runs / JUDGES
    learned = (files["safe-judge"], files["everyday-judge"], find_charter(CHARTER) / OWN)
    data = {
        name: {"sources": [{"source": str(path), "objective": "safe"} for path in paths], "part": "all"}
        for name, paths in (("safe", learned), ("held-out", (files["safe-test"],)))
    }
    head = {"data": "safe", "held_out": "held-out", "epochs": 2, "batch": 8, "micro_batch": 8, "max_length": LENGTH}
    made = PreferenceModelsRecipe.model_validate({"model": MODEL, "data": data, "heads": {"cost": head}, "seed": 0})
    train_preference_models(prepare_models(made), folder, lambda name, row: note(f"{name} {row}"), resume=True)
    return folder


def recipe(
    files: dict[str, Path],
    seed: int,
    stages: list[Stage],
    charter: str,
    find: dict[str, Any] | None = None,
    model: str = MODEL,
) -> StagesRecipe:
    """A recipe on the split data."""
    names = {stage.data for stage in stages}
    data = {
        name: {
            "sources": [{"source": str(files[f"{name}-train"]), "objective": "helpful" if name == "both" else name}],
            "part": "all",
            "most": 2 * PAIRS if name == "both" else PAIRS,
        }
        for name in names
    }
    return StagesRecipe.model_validate(
        {
            "model": model,
            "charter": charter,
            "data": data,
            "stages": [stage.model_dump(by_alias=True) for stage in stages],
            "find": find,
            "seed": seed,
        }
    )


def declared(runs: Path, budget: float) -> str:
    """A copy of the charter in which a cost model judges harm, with a budget; runs write its hash down.

    The models need not be trained before something is judged.
    """
    folder, models = runs / f"charter-{budget:g}", (runs / JUDGES).resolve()
    if not folder.exists():
        shutil.copytree(find_charter(CHARTER), folder)
        document = yaml.safe_load((folder / "charter.yaml").read_text(encoding="utf-8"))
        next(each for each in document["constraints"] if each["name"] == "harm")["threshold"] = budget
        document["evidence"]["judged_unsafe"] = {
            "scorer": "preference_model",
            "training": str(models / "cost-training"),
            "evaluation": str(models / "cost-evaluation"),
        }
        atomic_write(folder / "charter.yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    return str(folder)


def budgeted(files: dict[str, Path], runs: Path, seed: int) -> str:
    """The charter with its budget declared: a share of the helpful policy's harm on the dev scenarios."""
    where = RunDirectory(runs / f"budget-s{seed}")
    if not where.has("budget.json"):
        open_ended = declared(runs, 1.0)
        judges(files, runs)
        charter = Charter.open(open_ended).for_training()
        loaded = load(trained(files, runs, "helpful", seed, open_ended))
        where.path.mkdir(parents=True, exist_ok=True)
        judged = answers(loaded, charter, "dev", seed, where)
        harm = float(np.mean([j.cost("harm") for row in judged for j in row if j.cost("harm") is not None]))
        where.write("budget.json", {"helpful": harm, "share": SHARE, "budget": round(SHARE * harm, 3)})
    return declared(runs, where.read("budget.json")["budget"])


def trained(files: dict[str, Path], runs: Path, name: str, seed: int, charter: str) -> str:
    """Make a model, and what it is made from, unless it is there; returns what to load."""
    if name in ("base", *TRIVIAL):
        return MODEL
    method, _, q = name.rpartition("-")
    folder = runs / f"{name}-s{seed}"
    if method in MERGED:
        other = trained(files, runs, "sacpo" if method == "p-sacpo" else "dpo-safe", seed, charter)
        other = most_cautious(other) if method == "p-sacpo" else other
        helpful = trained(files, runs, "helpful", seed, charter)
        if not folder.exists():
            models = [{"model": helpful, "weight": 1 - float(q)}, {"model": other, "weight": float(q)}]
            merge(plan_merge(MergeConfig.model_validate({"method": "linear", "models": models})), folder)
        return str(folder)
    stages, find, model = [HELPFUL], None, MODEL
    first = runs / f"helpful-s{seed}" / "1-helpful"
    if name != "helpful":
        trained(files, runs, "helpful", seed, charter)
    if name == "modpo":  # stages that begin with the helpful one take it up as it is
        shutil.copytree(first, folder / "1-helpful", dirs_exist_ok=True)
    if name == "sacpo":
        # on top of the helpful policy; the charter with the budget was not declared when that was trained
        stages, model, charter = [SAFE], str(first), budgeted(files, runs, seed)
        find = {"stage": "safe", "constraint": "harm", "split": "dev", "samples": 16, "max_new_tokens": NEW_TOKENS}
        find["search"] = {"tolerance": 0.04, "trainings": 3}
    elif name == "dpo-safe":
        stages = [SAFE.model_copy(update={"multiplier": START_LAMBDA})]
    elif name == "safedpo":
        stages = [Stage.model_validate(SAFE.model_dump() | {"name": "safedpo", "method": "safedpo"})]
    elif name in ("bfpo", "can"):  # what recipes/baselines say, in as many updates as two stages have
        own: dict[str, Any] = {"beta": 2.0} if name == "bfpo" else {"reward": "helpfulness", "constraint": "harm"}
        own |= {"lambda": START_LAMBDA, "labels": {"request": "benign"}} if name == "can" else {}
        stages = [
            Stage.model_validate(SAFE.model_dump(by_alias=True) | {"name": name, "method": name, "data": "both"} | own)
        ]
    elif name == "modpo":
        also = {"name": "modpo", "method": "modpo", "margin_from": "helpful", "reference": "base", "lambda": 1.0}
        stages = [HELPFUL, Stage.model_validate(SAFE.model_dump(by_alias=True) | also)]
    train_stages(
        prepare(recipe(files, seed, stages, charter, find, model)), folder, tell(name, seed), resume=True, say=note
    )
    return str(folder)


def most_cautious(run: str) -> str:
    """The policy of the largest λ that a search trained: what P-SACPO merges with the helpful one."""
    folders = (Path(run) / "1-safe").glob("lambda-*")
    return str(max(folders, key=lambda folder: float(folder.name.removeprefix("lambda-"))))


def note(message: str) -> None:
    """Say what a search finds, on the error stream."""
    print(message, file=sys.stderr, flush=True)


def tell(name: str, seed: int) -> Callable[[Stage, dict[str, Any]], None]:
    """A reporter of every tenth step."""

    def on_step(stage: Stage, row: dict[str, Any]) -> None:
        if row["step"] % 10 == 0:
            note(f"{name} seed {seed}, {stage.name}: {row}")

    return on_step


def answers(
    loaded: LoadedModel, charter: Charter, part: str, seed: int, where: RunDirectory, prompt: str | None = None
) -> list[list[Judgement]]:
    """What a model says to scenarios, judged."""
    return sampled(
        loaded,
        charter,
        charter.scenarios(part),
        prompt,
        samples=SAMPLES,
        max_new_tokens=NEW_TOKENS,
        seed=seed,
        run=where,
        name="answers.jsonl",
    )


def measure(files: dict[str, Path], runs: Path, name: str, model: str, seed: int, charter_name: str) -> dict[str, Any]:
    """What one model does: judged answers by scenario, and what it makes of held-out pairs."""
    charter, loaded = Charter.open(charter_name), load(model)
    where = RunDirectory(runs / "measured" / f"{name}-s{seed}")
    where.path.mkdir(parents=True, exist_ok=True)
    if name == "refuse-all":
        judged = [[each] for each in charter.judge([s.exchange(REFUSAL) for s in charter.scenarios("test")])]
    else:
        prompt = charter.spec.system_prompt if name == "prompt-only" else None
        judged = answers(loaded, charter, "test", seed, where, prompt)
    mean: dict[str, list[float | None]] = {
        "harm": [_mean([j.cost("harm") for j in row]) for row in judged],
        "fitted_harm": [_mean([_fitted(j) for j in row]) for row in judged],
        "over_refusal": [_mean([j.cost("over_refusal") for j in row]) for row in judged],
        "helpfulness": [_mean([getattr(j.values["helpfulness"], "value", None) for j in row]) for row in judged],
    }
    logps = {}
    for objective in () if name in TRIVIAL else SOURCES:
        pairs = read_preferences([PreferenceSource(source=str(files[f"{objective}-test"]))]).pairs()[:HELD_OUT]
        prompts = [[dict(message) for message in pair.prompt] for pair in pairs]
        sides = [score(loaded, prompts, [pair.answers[side] for pair in pairs], end=False) for side in (0, 1)]
        logps[objective] = [[round(each.total, 3) for each in side] for side in sides]
    requests = [s.labels["request"] for s in charter.scenarios("test")]
    return {"by_scenario": mean, "logps": logps, "requests": requests}


def _fitted(judgement: Judgement) -> float | None:
    """Whether the charter's own judge, which the cost models overrule, finds the answer unsafe."""
    found = judgement.evidence["unsafe"].get("probabilities")
    return None if found is None else float(found["true"] > 0.5)


def _mean(numbers: list[float | None]) -> float | None:
    scored = [number for number in numbers if number is not None]
    return round(float(np.mean(scored)), 4) if scored else None


def history(folder: str) -> dict[str, Any]:
    """What the training of a model took and what its search found."""
    summary = Path(folder) / "summary.json"
    if not summary.is_file():
        return {}
    made = json.loads(summary.read_text())
    kept = ("steps", "rows", "temperature", "reference_sha256", "policy_sha256", "seconds")
    told = {"stages": {name: {key: stage[key] for key in kept} for name, stage in made["stages"].items()}}
    found = {key: value for key, value in made.get("found", {}).items() if key not in ("result", "stages")}
    for step in found.get("trace", {}).get("steps", []):
        step["run"] = Path(step["run"]).name  # where it lay says nothing elsewhere
    return told | ({"found": found} if found else {}) | {"adapters": len(lineage(folder).adapters)}


def main() -> None:
    """Train and measure what is missing, then print all rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder with the three files of pairs")
    parser.add_argument("--runs", type=Path, default=Path("runs/sacpo"))
    parser.add_argument("--rows", type=Path, help="a JSONL of rows to take up and to add to")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--models", nargs="+", choices=ORDER, default=list(ORDER))
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = {
        (row["model"], row["seed"], row.get("judge")): row
        for row in (read_jsonl(options.rows) if options.rows and options.rows.exists() else [])
    }
    if options.data and not options.table:
        files = split(options.data, options.runs)
        measures = judges(files, options.runs) / "cost-evaluation"
        judge = RunDirectory(measures).read("summary.json")["head_sha256"][:12]
        for seed in options.seeds:
            charter = declared(options.runs, 1.0)
            for name in options.models:
                if (name, seed, judge) in rows:
                    continue
                folder = trained(files, options.runs, name, seed, charter)
                about = environment()
                measured = measure(files, options.runs, name, folder, seed, charter)
                told = {"model": name, "seed": seed, "judge": judge, **measured, **history(folder)}
                rows[name, seed, judge] = told | {"commit": about["commit"], "machine": about["machine"]}
                if options.rows:
                    write_jsonl(options.rows, rows.values())
    if options.plot:
        plot(list(rows.values()), options.plot)
    print(markdown(list(rows.values())) if options.table else json.dumps({"rows": list(rows.values())}))


if __name__ == "__main__":
    main()
