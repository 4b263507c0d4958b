"""λ found on a tiny random model: sampled, judged, solved, trained and measured for real, and resumed."""

import json

import numpy as np
import pytest
from scipy.optimize import brentq
from test_align_stages import HELPFUL, SAFE, load_single, recipe

from lawgiver.align.constraint import read_rounds, read_trace
from lawgiver.align.constraint.tabular import expectation, tilt
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stage": "helpful"}, "λ is found of the last stage, which is safe"),
        ({"stage": None}, "name the stage whose λ it is"),
        ({"constraint": {"wordy": "safe"}}, "unless find.constraint maps each to its stage"),
        ({"stage": None, "constraint": {"wordy": "safe", "over_refusal": "safe"}}, "a stage of its own"),
        (
            {"stage": None, "constraint": {"wordy": "safe", "over_refusal": "kind"}},
            "last stages, which are helpful, safe",
        ),
        ({"stage": None, "constraint": {"wordy": "safe"}, "warm_start": True}, "find.warm_start"),
        ({"stage": None, "constraint": {"rude": "safe"}}, "'rude' is none of the charter's"),
    ],
)
def test_a_search_that_cannot_be_is_refused(tiny, pairs, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        plan_of(tiny, charter_with(tmp_path / "small", 0.02), pairs, **changes)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (SAFE | {"method": "safedpo"}, "the λ of safedpo is no multiplier"),
        (SAFE | {"beta": 0.2}, "a chain has one, 0.1"),
        (SAFE | {"reference": "base"}, "the reference is the policy of the stage before"),
    ],
)
def test_stages_that_do_not_make_a_chain_are_refused(tiny, pairs, tmp_path, last, message):
    both = {"stage": None, "constraint": {"wordy": "helpful", "over_refusal": "safe"}}
    with pytest.raises(ValueError, match=message):
        recipe(tiny, charter_with(tmp_path / "small", 0.02), pairs, HELPFUL, last, find=FIND | both)


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


def chained(tiny, charter, pairs, **changes):
    """Helpful, then a stage for each of two constraints."""
    kind = SAFE | ONCE | {"name": "kind", "data": "helpful"}
    find = FIND | FEW | {"stage": None, "constraint": {"over_refusal": "kind", "wordy": "safe"}} | changes
    return prepare(recipe(tiny, charter, pairs, HELPFUL | ONCE, SAFE | ONCE, kind, find=find))


def test_several_constraints_chain_each_from_the_policy_of_the_one_before(tiny, pairs, tmp_path):
    charter = charter_with(tmp_path / "small", 0.02)
    edit(charter / "charter.yaml", "threshold: 0.1", "threshold: 1")  # and over-refusal is no matter
    plan = chained(tiny, charter, pairs, search=FIND["search"] | {"trainings": 1})
    told = []
    summary = train_stages(plan, tmp_path / "run", load_model=load_single, say=told.append)
    found, last = summary["found"], tmp_path / "run/3-kind"
    dual = json.loads((last / "dual.json").read_text())
    assert dual["constraints"]["over_refusal"]["lambda"] == 0 < dual["constraints"]["wordy"]["lambda"]
    rounds = read_rounds(last / "rounds.json")
    assert found["rounds"] == rounds.to_json()["rounds"]
    assert len(rounds.rounds) == 1
    for each in rounds.rounds:
        assert each.multipliers["over_refusal"] == 0  # so its stage is left out
        assert list(each.stages) == ["safe"]
        done = RunDirectory(tmp_path / "run/2-safe" / f"lambda-{each.multipliers['wordy']:.6g}")
        assert done.read("summary.json")["temperature"] == pytest.approx(0.1 / each.multipliers["wordy"])
        assert done.read("summary.json")["reference_sha256"] == summary["stages"]["helpful"]["policy_sha256"]
    assert list(summary["stages"]) == ["helpful", "safe"]
    assert summary["result"].startswith("2-safe/lambda-")
    assert [line.split(":")[0] for line in told[1:-1]] == ["round 1"]


def test_a_chain_goes_through_both_stages_and_goes_on_where_it_was_interrupted(tiny, pairs, tmp_path):
    charter = charter_with(tmp_path / "small", 0.02)
    plan = chained(tiny, charter, pairs, search=FIND["search"] | {"trainings": 1, "minimum": 1})

    def stop(message):
        if message.startswith("round 1") or not (tmp_path / "run/2-safe").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_stages(plan, tmp_path / "run", load_model=load_single, say=stop)
    base = RunDirectory(tmp_path / "run/3-kind")
    dual = base.read("dual.json")
    for name in ("wordy", "over_refusal"):  # as if samples had asked for both
        dual["constraints"][name] |= {"lambda": 2.0, "slope": -0.1}
    base.write("dual.json", dual)
    with pytest.raises(KeyboardInterrupt):
        train_stages(plan, tmp_path / "run", resume=True, load_model=load_single, say=stop)
    loaded = []

    def load(name):
        loaded.append(name)
        return load_single(name)

    summary = train_stages(plan, tmp_path / "run", resume=True, load_model=load)
    first, *_ = summary["found"]["rounds"]
    assert first["run"] not in [name for name in loaded if name != summary["found"]["result"]]
    safe, kind = (RunDirectory(tmp_path / "run" / where).read("summary.json") for where in
                  ("2-safe/lambda-2", "3-kind/lambda-2-2"))  # fmt: skip
    assert kind["reference_sha256"] == safe["policy_sha256"] != safe["reference_sha256"]
    assert summary["found"]["lambda"].keys() == {"over_refusal", "wordy"}
    # the whole run stands for the policy at the end of the chain
    ends = [path.parent for path in lineage(str(tmp_path / "run")).adapters]
    assert ends[-1] == tmp_path / "run" / summary["result"]
    assert ends[0] == tmp_path / "run/1-helpful"


def test_the_dual_of_can_has_the_reward_in_it(tiny, pairs, tmp_path):
    charter = charter_with(tmp_path / "small", 0.15)
    one = ONCE | {"name": "one", "data": "helpful", "method": "can", "constraint": "wordy", "reward": "brevity"}
    find = FIND | {"stage": "one", "search": {"trainings": 1, "minimum": 0.01}}
    summary = train_stages(
        prepare(recipe(tiny, charter, pairs, one, find=find)), tmp_path / "run", load_model=load_single
    )
    base = RunDirectory(tmp_path / "run/1-one")
    asked = {}
    for row in base.rows("samples.jsonl"):
        asked.setdefault(row["prompt"], []).append((row["values"]["brevity"]["value"], row["costs"]["wordy"]["value"]))
    reward_PK, cost_PK = np.moveaxis(np.array(list(asked.values())), -1, 0)
    even_PK = np.zeros(cost_PK.shape) - np.log(cost_PK.shape[1])

    def excess(multiplier):
        return expectation(tilt(even_PK, reward_PK - multiplier * cost_PK, 0.1), cost_PK) - 0.15

    dual = base.read("dual.json")
    assert dual["rewarded"]
    exact = brentq(excess, 0, 50) if excess(0) > 0 else 0.0
    assert dual["constraints"]["wordy"]["lambda"] == pytest.approx(exact, abs=1e-5)
    assert dual["constraints"]["wordy"]["cost_before"] == pytest.approx(
        expectation(tilt(even_PK, reward_PK, 0.1), cost_PK)
    )
    # trained though the dual may say 0, for its reward; and λ is in the labels, not in the temperature
    (step,) = summary["found"]["trace"]["steps"]
    assert (step["multiplier"], step["temperature"]) == (pytest.approx(max(exact, 0.01)), 0.1)


def test_the_reward_of_can_is_judged_with_its_labels_and_the_cost_with_the_prompts_own(tiny, pairs, tmp_path):
    charter = charter_with(tmp_path / "small", 0.15)
    edit(charter / "policies/small.rego", 'values["brevity"] := min(', 'values["brevity"] := min_of_two(')
    edit(charter / "policies/small.rego", "default action",
         'min_of_two(x) := min(x) if input.labels.scope == "in"\n\ndefault action')  # fmt: skip
    one = ONCE | {"name": "one", "data": "helpful", "method": "can", "constraint": "wordy", "reward": "brevity"}
    find = FIND | FEW | {"stage": "one", "search": {"trainings": 1, "minimum": 0.01}}
    labelled = prepare(recipe(tiny, charter, pairs, one | {"labels": {"scope": "in"}}, find=find))
    train_stages(labelled, tmp_path / "run", load_model=load_single)
    dual = RunDirectory(tmp_path / "run/1-one").read("dual.json")
    assert (dual["prompts"], dual["dropped_prompts"]) == (6, 0)
    own = [row["labels"]["scope"] for row in RunDirectory(tmp_path / "run/1-one").rows("samples.jsonl")]
    assert set(own) == {"in", "out"}


def test_the_constraint_that_is_found_is_the_one_of_can(tiny, pairs, tmp_path):
    one = ONCE | {"name": "one", "data": "helpful", "method": "can", "constraint": "wordy"}
    with pytest.raises(ValueError, match="belongs to its constraint 'wordy'"):
        recipe(
            tiny, charter_with(tmp_path / "small", 0.02), pairs, one, find=FIND | {"stage": "one", "constraint": "x"}
        )
