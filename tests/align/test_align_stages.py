"""Stages on a tiny random model with TRL's own trainers: the right reference, the right margins, exact resume."""

import hashlib
import json
import weakref

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from lawgiver.align.stages import StagesRecipe
from lawgiver.align.stages.margin import shift_of
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.run import train_stages
from lawgiver.align.stages.trainers import build, order_of
from lawgiver.data import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.fingerprint import policy_sha256
from lawgiver.outcome import ConfigurationError
from small import small_charter

WORDS = ("cat", "dog", "sun", "sea", "oak", "elm", "fog", "ice", "rye", "tea", "ink", "jar")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Twelve rows with both labels: the helpful answer is the unsafe one in half of them, and one has two unsafe."""
    rows = [
        {
            "prompt": f"Tell me of the {word}.",
            "response_0": f"The {word} is grand.",
            "response_1": f"No {word} for you.",
            "is_response_0_safe": n % 2 == 0,
            "is_response_1_safe": n != 0 and n != 11,
            "better_response_id": 0,
            "safer_response_id": 0 if n % 2 == 0 else 1,
        }
        for n, word in enumerate(WORDS)
    ]
    path = tmp_path_factory.mktemp("data") / "rows.jsonl"
    write_jsonl(path, rows)
    return path


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return small_charter(tmp_path_factory.mktemp("charter") / "small")


def recipe(tiny, charter, data, *stages, **changes):
    """Three steps of four pairs make an epoch."""
    common = {"batch": 4, "micro_batch": 2, "max_length": 160, "learning_rate": 5e-3, "warmup_steps": 0}
    return StagesRecipe.model_validate(
        {
            "model": str(tiny),
            "charter": str(charter),
            "data": {
                which: {"sources": [{"source": str(data), "objective": which}], "part": "all"}
                for which in ("helpful", "safe")
            },
            "stages": [common | stage for stage in stages],
            "lora": {"rank": 4, "alpha": 8},
            "save_every": 1,
            **changes,
        }
    )


HELPFUL = {"name": "helpful", "method": "dpo", "data": "helpful", "epochs": 4}
SAFE = {"name": "safe", "method": "dpo", "data": "safe", "lambda": 4}


@pytest.fixture(scope="module")
def whole(tiny, charter, data, tmp_path_factory):
    """Helpful first, then safe, without interruption."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    plan = prepare(recipe(tiny, charter, data, HELPFUL, SAFE))
    return plan, folder, train_stages(plan, folder, load_model=load_single)


def load_single(name):
    """In single precision, whatever this machine likes best."""
    from lawgiver.models.load import load

    return load(name, dtype=torch.float32)


def answer_logps(model, rows, side):
    """Log-probability of each answer, one at a time, straight from the model's logits."""
    totals = []
    for row in rows:
        ids = torch.tensor([row["prompt_ids"] + row[side]])
        with torch.inference_mode():
            logs_TV = model(input_ids=ids).logits[0].log_softmax(-1)
        start = len(row["prompt_ids"])
        totals.append(sum(float(logs_TV[t - 1, ids[0, t]]) for t in range(start, ids.shape[1])))
    return np.array(totals)


def test_the_reference_of_stage_two_is_the_policy_that_stage_one_made(whole, tiny, tmp_path):
    plan, folder, _ = whole
    stage = plan.recipe.stages[1]
    loaded = load_single(str(folder / "1-helpful"))
    trainer = build(plan.recipe, stage, loaded, plan.rows["safe"].rows, RunDirectory(tmp_path / "again"), [])
    rows = list(trainer.train_dataset)
    # as it was trained: the adapter beside the weights, not merged into them
    trained = PeftModel.from_pretrained(load_single(str(tiny)).model, folder / "1-helpful/adapter").eval()
    for side, column in (("chosen_ids", "ref_chosen_logps"), ("rejected_ids", "ref_rejected_logps")):
        cached = np.array([row[column] for row in rows])
        assert cached == pytest.approx(answer_logps(trained, rows, side), abs=1e-5, rel=1e-5)
        untrained = answer_logps(load_single(str(tiny)).model, rows, side)
        assert np.abs(cached - untrained).max() > 1e-2  # "adapter off" would have been this


def test_a_stage_lets_go_of_its_models_before_the_next(tiny, charter, data, tmp_path):
    plan = prepare(recipe(tiny, charter, data, HELPFUL | {"epochs": 1}, SAFE))
    held, left = [], []

    def watched(name):
        loaded = load_single(name)
        held.append(weakref.ref(loaded.model))
        return loaded

    def on_step(stage, row):
        if stage.name == "safe" and row["step"] == 1:
            left.append(sum(model() is not None for model in held))

    train_stages(plan, tmp_path / "run", on_step, load_model=watched)
    assert left == [1]  # only what the second stage trains
    assert len(held) > 2
    assert not [model for model in held if model() is not None]


def test_each_stage_names_its_reference_by_hash(whole, tiny):
    _, folder, summary = whole
    first, second = (summary["stages"][name] for name in ("helpful", "safe"))
    assert first["reference_sha256"] == policy_sha256(load_single(str(tiny)).model)
    assert second["reference_sha256"] == first["policy_sha256"] != first["reference_sha256"]
    assert second["policy_sha256"] == policy_sha256(load_single(str(folder / "2-safe")).model)
    assert second["temperature"] == pytest.approx(0.1 / 4)
    assert summary["result"] == "2-safe"
    assert (first["steps"], second["steps"]) == (12, 3)


def test_every_step_is_logged_and_the_pairs_are_learned(whole):
    _, folder, _ = whole
    for name, steps in (("1-helpful", 12), ("2-safe", 3)):
        rows = RunDirectory(folder / name).metrics()
        assert [row["step"] for row in rows] == list(range(1, steps + 1))
        # the policy is its own reference at first; fp32 rounds a few units of 1e-6 one way or the other by processor
        assert rows[0]["loss"] == pytest.approx(np.log(2), abs=1e-5)
        assert rows[0]["margin"] == pytest.approx(0, abs=1e-5)
    learned = RunDirectory(folder / "1-helpful").metrics()[-3:]
    assert np.mean([row["margin"] for row in learned]) > 0.05
    assert np.mean([row["accuracy"] for row in learned]) > 0.8


def unclocked(folder):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in RunDirectory(folder).metrics()]


@pytest.mark.parametrize("stopped_in", ["helpful", "safe"])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(whole, tmp_path, stopped_in):
    plan, folder, expected = whole

    def stop(stage, row):
        if stage.name == stopped_in and row["step"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_stages(plan, tmp_path / "run", stop, load_model=load_single)
    resumed = train_stages(plan, tmp_path / "run", resume=True, load_model=load_single)
    for name in ("helpful", "safe"):
        assert resumed["stages"][name]["policy_sha256"] == expected["stages"][name]["policy_sha256"]
    for name in ("1-helpful", "2-safe"):
        ours, theirs = (unclocked(where / name) for where in (tmp_path / "run", folder))
        assert ours == theirs


def test_a_policy_that_was_changed_afterwards_is_no_reference(whole, tmp_path):
    plan, _, _ = whole

    def stop(stage, row):
        if stage.name == "safe":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_stages(plan, tmp_path / "run", stop, load_model=load_single)
    weights = tmp_path / "run/1-helpful/adapter/adapter_model.safetensors"
    save_file({name: tensor * 1.01 for name, tensor in load_file(weights).items()}, weights)
    with pytest.raises(ConfigurationError, match="this is not the reference that the stage names"):
        train_stages(plan, tmp_path / "run", resume=True, load_model=load_single)


def test_a_reference_whose_hash_is_not_the_recipes_is_refused_before_it_trains(whole, tiny, charter, data, tmp_path):
    _, _, summary = whole
    first, second = (summary["stages"][name] for name in ("helpful", "safe"))
    other = "0" * 64
    early = prepare(recipe(tiny, charter, data, HELPFUL | {"reference_sha256": other}, SAFE))
    with pytest.raises(ConfigurationError, match="stage helpful: reference_sha256 is 000000000000"):
        train_stages(early, tmp_path / "early", load_model=load_single)
    assert not (tmp_path / "early").exists()
    brief = HELPFUL | {"epochs": 0.4, "reference_sha256": first["reference_sha256"]}
    late = prepare(recipe(tiny, charter, data, brief, SAFE | {"reference_sha256": second["reference_sha256"]}))
    with pytest.raises(ConfigurationError, match="stage safe: reference_sha256"):  # of a longer training
        train_stages(late, tmp_path / "late", load_model=load_single)
    assert not (tmp_path / "late/2-safe/adapter").exists()
    # where it is not named, the settings of a run are what they were, so it can be taken up
    assert "reference_sha256" not in recipe(tiny, charter, data, HELPFUL).model_dump(mode="json")["stages"][0]


def test_safedpo_turns_pairs_round_and_puts_its_margin_between_safe_and_unsafe(tiny, charter, data, tmp_path):
    plan = prepare(recipe(tiny, charter, data, HELPFUL | {"method": "safedpo", "margin": 3.0}))
    rows = plan.rows["helpful"]
    assert rows.left_out["both answers are unsafe"] == 1
    turned = [pair for pair in rows.pairs if pair.chosen.startswith("No ")]
    assert len(turned) == 5  # the helpful answer was unsafe, and the other was not
    assert all(pair.chosen_safe for pair in rows.pairs)
    mixed_N = np.array([not pair.rejected_safe for pair in rows.pairs])
    assert rows.margin_N == pytest.approx(3.0 * mixed_N)
    loaded, stage = load_single(str(tiny)), plan.recipe.stages[0]
    shift_N = rows.margin_N / stage.temperature
    trainers = [
        build(plan.recipe, stage, load_single(str(tiny)), rows.rows, RunDirectory(tmp_path / str(k)), [], shift)
        for k, shift in enumerate((None, shift_N))
    ]
    plain_N, shifted_N = (np.array(list(trainer.train_dataset["ref_chosen_logps"])) for trainer in trainers)
    order = np.random.default_rng(0).permutation(len(rows.rows))
    assert shifted_N - plain_N == pytest.approx(shift_N[order], abs=1e-4)
    assert loaded.model is not None


def test_modpo_takes_the_margin_from_what_an_earlier_stage_learned(tiny, charter, data, tmp_path):
    both = recipe(
        tiny,
        charter,
        data,
        HELPFUL,
        SAFE | {"method": "modpo", "margin_from": "helpful", "margin_weight": 0.5, "reference": "base"},
    )
    summary = train_stages(prepare(both), tmp_path / "run", load_model=load_single)
    first, second = summary["stages"]["helpful"], summary["stages"]["safe"]
    assert second["reference_sha256"] == first["reference_sha256"]
    start = RunDirectory(tmp_path / "run/2-safe").metrics()[0]
    assert start["loss"] != pytest.approx(np.log(2), abs=1e-6)  # the margin is there before anything is learned


@pytest.mark.parametrize("method", ["kto", "sft"])
def test_answers_that_stand_alone_are_learned_from(tiny, charter, data, tmp_path, method):
    plan = prepare(recipe(tiny, charter, data, {"name": "one", "method": method, "data": "safe", "epochs": 0.5}))
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    found = summary["stages"]["one"]
    assert found["policy_sha256"] != found["reference_sha256"]
    assert found["rows"] == (24 if method == "kto" else 12)
    assert np.isfinite([row["loss"] for row in RunDirectory(tmp_path / "run/1-one").metrics()]).all()


def test_all_weights_can_be_trained(tiny, charter, data, tmp_path):
    plan = prepare(recipe(tiny, charter, data, HELPFUL | {"epochs": 0.3}, SAFE | {"epochs": 0.3}, lora=None))
    summary = train_stages(plan, tmp_path / "run", load_model=load_single)
    assert (tmp_path / "run/2-safe/model/model.safetensors").is_file()
    assert summary["stages"]["safe"]["reference_sha256"] == summary["stages"]["helpful"]["policy_sha256"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": "nowhere"}, "data 'nowhere' is not under data"),
        ({"method": "modpo"}, "margin_from names an earlier stage"),
        ({"micro_batch": 3}, "micro_batch 3 does not divide batch 4"),
        ({"beta": 0}, "beta"),
        ({"name": "Safe one"}, "name"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(tiny, charter, data, changes, message):
    with pytest.raises(ValueError, match=message):
        recipe(tiny, charter, data, HELPFUL | changes)


def test_prompts_that_leave_no_room_are_left_out_and_counted(tiny, charter, data):
    long = prepare(recipe(tiny, charter, data, HELPFUL | {"max_length": 62}))
    assert long.rows["helpful"].left_out["the prompt alone fills max_length"] == 0
    with pytest.raises(ConfigurationError, match=r"none is left to train on.*fills max_length': 12"):
        prepare(recipe(tiny, charter, data, HELPFUL | {"max_length": 20}))


def test_what_was_read_is_kept_with_the_run(whole, data):
    _, folder, _ = whole
    kept = json.loads((folder / "data.json").read_text())
    assert kept["stages"]["helpful"]["rows"] == 12
    assert set(kept["data"]) == {"helpful", "safe"}
    assert kept["files"] == {str(data): hashlib.sha256(data.read_bytes()).hexdigest()}


def test_modpos_margins_are_of_answers_as_they_are_trained_on(tiny, charter, data, tmp_path):
    cut = SAFE | {"method": "modpo", "margin_from": "helpful", "margin_weight": 0.5, "reference": "base"}
    plan = prepare(recipe(tiny, charter, data, HELPFUL, cut | {"max_length": 52}))
    helpful, safe = plan.recipe.stages
    first = prepare(recipe(tiny, charter, data, HELPFUL))
    train_stages(first, tmp_path / "run", load_model=load_single)
    rows = plan.rows["safe"]
    shift_N = shift_of(plan, safe, tmp_path / "run", rows, load_single)
    gaps = []
    for name in (str(tmp_path / "run/1-helpful"), str(tiny)):  # by TRL, which cuts the answers
        trainer = build(plan.recipe, safe, load_single(name), rows.rows, RunDirectory(tmp_path / name[-9:]), [])
        columns = [np.array(list(trainer.train_dataset[f"ref_{side}_logps"])) for side in ("chosen", "rejected")]
        gaps.append(columns[0] - columns[1])
        assert any(
            len(row["prompt_ids"]) + len(row[side]) > 52
            for row in trainer.train_dataset
            for side in ("chosen_ids", "rejected_ids")
        )
    order = order_of(plan.recipe, safe, rows.rows)
    expected_N = 0.5 * helpful.temperature * (gaps[0] - gaps[1]) / safe.beta
    assert shift_N[order] == pytest.approx(expected_N, abs=1e-3)
    assert np.abs(expected_N).max() > 0.1
