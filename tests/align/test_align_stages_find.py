"""λ found on a tiny random model: sampled, judged, solved, trained and measured for real, and resumed."""

import json

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
