"""Real training steps: a tiny random model, a small charter, TRL's own trainer."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lawgiver.align import train
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from small import small_charter
from tiny import load_tiny, recipe


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return Charter.open(small_charter(tmp_path_factory.mktemp("charter") / "small"))


def run(settings, charter, tiny, folder, on_step=lambda row: None, **more):
    return train(settings, charter, folder, on_step, loaded=load_tiny(tiny), **more)


def metrics(folder):
    """The rows of a run, the clock left out."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in RunDirectory(folder).metrics()]


@pytest.fixture(scope="module")
def whole(tiny, charter, tmp_path_factory):
    """Five steps without interruption: three steps make an epoch, so the second epoch begins among them."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    told = []
    result = run(recipe(tiny, charter.root, steps=5, save_every=1), charter, tiny, folder, told.append)
    assert result == folder / "adapter"
    assert told == RunDirectory(folder).metrics()
    return folder


def test_a_run_logs_every_step(whole, charter):
    rows = RunDirectory(whole).metrics()
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    for row in rows:
        assert row["completions"] == 6
        assert row["values"].keys() == {"brevity", "candour"}
        assert row["costs"].keys() == row["lambda"].keys() == {"over_refusal", "wordy"}
        assert row["monitors"].keys() == {"words"}
        assert row["failed"] == 0
        assert sum(row["weights"].values()) == pytest.approx(1)
        assert np.isfinite([row["loss"], row["grad_norm"], row["entropy"], row["seconds"]]).all()
    assert any(row["grad_norm"] > 0 for row in rows)
    assert any("words rose to" in alarm for row in rows for alarm in row["alarms"])


def test_lambda_follows_the_cost_from_the_next_step_on(whole):
    rows = RunDirectory(whole).metrics()
    assert rows[0]["lambda"] == pytest.approx({"over_refusal": 0.5, "wordy": 0.5})
    mean = rows[0]["costs"]["wordy"]
    assert rows[1]["lambda"]["wordy"] == pytest.approx(0.5 * np.exp(mean - 0.2))
    assert rows[1]["lambda"]["over_refusal"] == pytest.approx(0.5 * np.exp(rows[0]["costs"]["over_refusal"] - 0.1))
    assert len({row["lambda"]["wordy"] for row in rows}) == 5


def test_a_run_leaves_what_it_takes_to_tell_what_happened(whole, charter):
    directory = RunDirectory(whole)
    assert directory.read("summary.json") == {"steps": 5, "result": "adapter"}
    assert directory.read("charter.json") == charter.identity
    assert directory.read("config.json")["prompts_per_step"] == 2
    weights = load_file(whole / "adapter/adapter_model.safetensors")
    assert any(tensor.abs().sum() > 0 for name, tensor in weights.items() if "lora_B" in name)
    assert sorted(path.name for path in whole.glob("checkpoints/checkpoint-*")) == ["checkpoint-4", "checkpoint-5"]


@pytest.mark.parametrize(
    "stopped_at",
    [
        pytest.param(2, id="in-epoch-1"),
        pytest.param(3, id="after-epoch-1"),
        pytest.param(4, id="in-epoch-2"),
    ],
)
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(whole, charter, tiny, tmp_path, stopped_at):
    settings = recipe(tiny, charter.root, steps=5, save_every=1)
    folder = tmp_path / "run"

    def stop(row):
        if row["step"] == stopped_at + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(settings, charter, tiny, folder, stop)
    assert len(metrics(folder)) == stopped_at + 1  # the last of them has no checkpoint, and is made again
    told = []
    result = run(settings, charter, tiny, folder, told.append, resume=True)
    assert [row["step"] for row in told] == list(range(stopped_at + 1, 6))
    assert metrics(folder) == metrics(whole)
    expected = load_file(whole / "adapter/adapter_model.safetensors")
    actual = load_file(result / "adapter_model.safetensors")
    assert actual.keys() == expected.keys()
    for name in expected:
        assert torch.equal(actual[name], expected[name]), name


def test_a_run_stopped_before_its_first_checkpoint_begins_anew(whole, charter, tiny, tmp_path):
    settings = recipe(tiny, charter.root, steps=3, save_every=3)

    def stop(row):
        if row["step"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(settings, charter, tiny, tmp_path / "run", stop)
    run(settings, charter, tiny, tmp_path / "run", resume=True)
    assert metrics(tmp_path / "run") == metrics(whole)[:3]


def test_a_finished_run_is_left_as_it_is_and_not_overwritten(whole, charter, tiny):
    settings = recipe(tiny, charter.root, steps=5, save_every=1)
    before = (whole / "metrics.jsonl").read_bytes()
    assert train(settings, charter, whole, resume=True) == whole / "adapter"
    with pytest.raises(ConfigurationError, match="holds a run already"):
        train(settings, charter, whole)
    with pytest.raises(ConfigurationError, match="begun with other settings: steps"):
        train(settings.model_copy(update={"steps": 6}), charter, whole, resume=True)
    assert (whole / "metrics.jsonl").read_bytes() == before


def test_a_checkpoint_of_another_tool_is_refused(whole, charter, tiny, tmp_path):
    settings = recipe(tiny, charter.root, steps=5)
    directory = RunDirectory.create(tmp_path / "run", settings.model_dump(mode="json"), charter.identity)
    (directory.path / "checkpoints/checkpoint-1").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"lawgiver\.json: missing; this checkpoint was not written by"):
        run(settings, charter, tiny, directory.path, resume=True)


def test_all_weights_can_be_trained(charter, tiny, tmp_path):
    settings = recipe(tiny, charter.root, steps=1, lora=None)
    result = run(settings, charter, tiny, tmp_path / "run")
    assert result == tmp_path / "run/model"
    before, after = load_file(tiny / "model.safetensors"), load_file(result / "model.safetensors")
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert json.loads((result / "config.json").read_text())["model_type"] == "llama"
