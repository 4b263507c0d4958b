"""λ found on a tiny random model: sampled, judged, solved, trained and measured for real, and resumed."""

import json

import numpy as np
import pytest
from test_align_stages import HELPFUL, SAFE, load_single, recipe

from lawgiver.align.constraint import read_trace
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.run import train_stages
from lawgiver.data import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.adapter import lineage
from lawgiver.outcome import ConfigurationError
from small import edit, small_charter

FIND = {
    "stage": "safe",
    "constraint": "wordy",
    "split": "train",
    "samples": 4,
    "measured": 2,
    "max_new_tokens": 16,
    "search": {"trainings": 2, "tolerance": 0.001, "minimum": 0.5, "maximum": 8},
}
ONCE = {"epochs": 0.4}
FEW = {"samples": 2, "measured": 1}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Short answers are safer, and both are helpful in turn."""
    rows = [
        {
            "prompt": f"Say it {n} times.",
            "response_0": f"It {n}.",
            "response_1": f"It is so, it is so {n}, it is so.",
            "is_response_0_safe": True,
            "is_response_1_safe": False,
            "better_response_id": n % 2,
            "safer_response_id": 0,
        }
        for n in range(8)
    ]
    path = tmp_path_factory.mktemp("data") / "rows.jsonl"
    write_jsonl(path, rows)
    return path


def charter_with(folder, threshold):
    """The small charter, its budget of wordy answers set."""
    path = small_charter(folder)
    edit(path / "charter.yaml", "threshold: 0.2", f"threshold: {threshold}")
    return path


def plan_of(tiny, charter, pairs, **changes):
    return prepare(recipe(tiny, charter, pairs, HELPFUL | ONCE, SAFE | ONCE, find=FIND | changes))


def test_a_search_trains_at_what_it_proposes_and_keeps_what_it_measured(tiny, pairs, tmp_path):
    plan = plan_of(tiny, charter_with(tmp_path / "small", 0.02), pairs)
    told = []
    summary = train_stages(plan, tmp_path / "run", load_model=load_single, say=told.append)
    found, base = summary["found"], tmp_path / "run/2-safe"
    dual = json.loads((base / "dual.json").read_text())
    assert dual["constraints"]["wordy"]["cost_before"] > 0.02
    assert len(RunDirectory(base).rows("samples.jsonl")) == 6 * 4
    trace = read_trace(base / "trace.json")
    assert 1 <= len(trace.steps) <= 2
    for step in trace.steps:
        trained = RunDirectory(base / f"lambda-{step.multiplier:.6g}")
        assert trained.read("summary.json")["temperature"] == pytest.approx(0.1 / step.multiplier)
        assert trained.read("summary.json")["reference_sha256"] == summary["stages"]["helpful"]["policy_sha256"]
        assert len(trained.rows("samples.jsonl")) == 6 * 2
        assert step.low <= step.cost <= step.high
    assert found["kept_the_budget"] == any(step.cost <= 0.02 for step in trace.steps)
    assert told[0].startswith("wordy: ")
    # the whole run is a model, and stands for the policy it ended with
    assert [path.parent for path in lineage(str(tmp_path / "run")).adapters] == [
        tmp_path / "run/1-helpful",
        tmp_path / "run" / summary["result"],
    ]


def test_an_interrupted_search_goes_on_from_its_trace(tiny, pairs, tmp_path):
    plan = plan_of(tiny, charter_with(tmp_path / "small", 0.02), pairs)
    whole = train_stages(plan, tmp_path / "whole", load_model=load_single)

    def stop(message):
        if message.startswith("λ = "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_stages(plan, tmp_path / "run", load_model=load_single, say=stop)
    loaded = []

    def load(name):
        loaded.append(name)
        return load_single(name)

    resumed = train_stages(plan, tmp_path / "run", resume=True, load_model=load)
    costs, again = ([step["cost"] for step in each["found"]["trace"]["steps"]] for each in (whole, resumed))
    assert costs == again
    first = tmp_path / "run/2-safe" / f"lambda-{resumed['found']['trace']['steps'][0]['multiplier']:.6g}"
    assert loaded.count(str(first)) == 0  # what was trained and measured is not done again


def test_a_budget_that_is_kept_already_needs_no_training(tiny, pairs, tmp_path):
    plan = plan_of(tiny, charter_with(tmp_path / "small", 0.999), pairs)
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    assert summary["found"]["status"] == "already_met"
    assert (summary["found"]["trained"], summary["result"]) == (False, "1-helpful")
    assert list(summary["stages"]) == ["helpful"]


def test_a_constraint_that_the_charter_lacks_is_named(tiny, pairs, tmp_path):
    with pytest.raises(ConfigurationError, match="'rude' is none of the charter's: over_refusal, wordy"):
        plan_of(tiny, charter_with(tmp_path / "small", 0.02), pairs, constraint="rude")


def test_only_the_last_stage_is_searched(tiny, pairs, tmp_path):
    with pytest.raises(ValueError, match="λ is found of the last stage, which is safe"):
        plan_of(tiny, charter_with(tmp_path / "small", 0.02), pairs, stage="helpful")


def scoped(folder, threshold, scope):
    """The small charter, its budget of wordy answers of another scope."""
    path = charter_with(folder, threshold)
    edit(path / "charter.yaml", f"threshold: {threshold}\n", f"threshold: {threshold}\n    {scope}\n")
    return path


@pytest.mark.parametrize(
    ("scope", "quantity"),
    [
        ("scope: violation_rate", "share of violations"),
        ("scope: per_category\n    category: scope", "mean cost in the worst scope"),
    ],
)
def test_a_search_measures_what_the_charter_declares(tiny, pairs, tmp_path, scope, quantity):
    plan = plan_of(tiny, scoped(tmp_path / "small", 0.02, scope), pairs, search={"trainings": 1})
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    found = summary["found"]
    assert found["quantity"] == quantity
    (step,) = found["trace"]["steps"]
    rows = RunDirectory(tmp_path / "run" / summary["result"]).rows("samples.jsonl")
    by_prompt = {}
    for row in rows:
        by_prompt.setdefault((row["labels"]["scope"], row["prompt"]), []).append(row["costs"]["wordy"]["value"])
    flags = {key: np.mean([cost > 0 for cost in costs]) for key, costs in by_prompt.items()}
    of_scope = {label: np.mean([flag for key, flag in flags.items() if key[0] == label]) for label in ("in", "out")}
    expected = np.mean(list(flags.values())) if "rate" in scope else max(of_scope.values())
    assert step["cost"] == pytest.approx(expected)
    assert ("worst of 2" in step["note"]) == ("category" in scope)


def test_several_constraints_are_solved_at_once_and_the_first_is_searched(tiny, pairs, tmp_path):
    charter = charter_with(tmp_path / "small", 0.02)
    plan = plan_of(tiny, charter, pairs, constraint=["wordy", "over_refusal"], **FEW | {"search": {"trainings": 1}})
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    assert list(summary["found"]["multipliers"]) == ["wordy", "over_refusal"]
    (step,) = summary["found"]["trace"]["steps"]
    assert step["beside"]["over_refusal"]["threshold"] > 0
    with pytest.raises(ValueError, match="several different ones"):
        plan_of(tiny, charter, pairs, constraint=["wordy", "wordy"])


@pytest.mark.parametrize("lora", [{"rank": 4, "alpha": 8}, None])
def test_a_warm_start_changes_the_weights_it_begins_with_and_not_the_reference(tiny, pairs, tmp_path, lora):
    changes = {"warm_start": True, "search": FIND["search"] | {"tolerance": 1e-6, "trainings": 2}}
    charter = charter_with(tmp_path / "small", 0.02)
    recipe_of = recipe(tiny, charter, pairs, HELPFUL | ONCE, SAFE | ONCE, find=FIND | FEW | changes, lora=lora)
    plan = prepare(recipe_of)
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    steps = summary["found"]["trace"]["steps"]
    assert [step["warm_from"] for step in steps] == [None, steps[0]["multiplier"]]
    folders = [RunDirectory(tmp_path / "run/2-safe" / f"lambda-{step['multiplier']:.6g}") for step in steps]
    first, second = (folder.metrics()[0] for folder in folders)
    assert first["margin"] == pytest.approx(0, abs=1e-4)  # it begins at its reference
    assert abs(second["margin"]) > 1e-3  # and this one where the first had ended
    references = {folder.read("summary.json")["reference_sha256"] for folder in folders}
    assert references == {summary["stages"]["helpful"]["policy_sha256"]}
