"""Stages by two processes: the curve and the policy of one, and one run directory written by one of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from accelerate.commands.config.config_args import load_config_from_file
from safetensors.torch import load_file
from test_align_stages import HELPFUL, SAFE, recipe
from two_processes_stages import load_single, main

from lawgiver.align.processes import accumulation, on_main
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.run import train_stages
from lawgiver.charter import shipped_folder
from lawgiver.data import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from small import small_charter

SCRIPT = Path(__file__).with_name("two_processes_stages.py")
WORDS = ("cat", "dog", "sun", "sea", "oak", "elm", "fog", "ice")
CAN = {"method": "can", "constraint": "wordy", "reward": "brevity", "micro_batch": 1}


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return small_charter(tmp_path_factory.mktemp("charter") / "small")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rows = [
        {
            "prompt": f"Tell me of the {word}.",
            "response_0": f"The {word} is grand" + ", so grand" * (n % 3) + ".",
            "response_1": f"No {word} for you.",
            "is_response_0_safe": n % 2 == 0,
            "is_response_1_safe": True,
            "better_response_id": 0,
            "safer_response_id": 0 if n % 2 == 0 else 1,
        }
        for n, word in enumerate(WORDS)
    ]
    path = tmp_path_factory.mktemp("data") / "rows.jsonl"
    write_jsonl(path, rows)
    return path


def write(settings, path):
    path.write_text(yaml.safe_dump(settings.model_dump(mode="json", by_alias=True, exclude_none=True)))
    return path


def launch(path, run):
    """By two processes; accelerate's own launcher starts one where there is no GPU, however many it is told."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(SCRIPT)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [*command, str(path), str(run)], capture_output=True, text=True, timeout=900, env=environment, check=False
    )


def test_two_processes_take_the_steps_of_one(tiny, charter, data, tmp_path):
    stages = (HELPFUL | {"epochs": 3}, SAFE | {"epochs": 2} | CAN)
    path = write(recipe(tiny, charter, data, *stages), tmp_path / "two.yaml")
    main(path, tmp_path / "one")
    done = launch(path, tmp_path / "two")
    assert done.returncode == 0, done.stderr[-9000:]
    for name, steps in (("1-helpful", 6), ("2-safe", 4)):
        alone, together = (RunDirectory(tmp_path / which / name) for which in ("one", "two"))
        assert [row["step"] for row in together.metrics()] == list(range(1, steps + 1))  # once each
        for ours, theirs in zip(alone.metrics(), together.metrics(), strict=True):
            for key in ("loss", "margin", "accuracy", "learning_rate"):
                assert theirs[key] == pytest.approx(ours[key], abs=1e-3), (name, key)
        found, expected = (run.read("summary.json") for run in (together, alone))
        assert (found["processes"], expected["processes"]) == (2, 1)
        assert found["steps"] == expected["steps"]
        weights = [load_file(run.path / "adapter/adapter_model.safetensors") for run in (alone, together)]
        assert weights[0].keys() == weights[1].keys()
        for key, tensor in weights[0].items():
            assert torch.allclose(tensor, weights[1][key], atol=1e-3), (name, key)
        assert not (together.path / "data").exists()
    first = RunDirectory(tmp_path / "two/1-helpful").read("summary.json")
    second = RunDirectory(tmp_path / "two/2-safe").read("summary.json")
    assert second["reference_sha256"] == first["policy_sha256"]
    assert RunDirectory(tmp_path / "two").read("summary.json")["result"] == "2-safe"


@pytest.mark.parametrize(
    ("changes", "processes", "message"),
    [
        ({"micro_batch": 4}, 2, r"stage helpful: batch 4 does not divide among 2 processes with micro_batch 4"),
        ({}, 3, r"give a multiple of 6, or a smaller micro_batch"),
    ],
)
def test_a_batch_that_does_not_divide_is_refused_before_anything_is_written(
    tiny, charter, data, tmp_path, monkeypatch, changes, processes, message
):
    monkeypatch.setenv("WORLD_SIZE", str(processes))
    plan = prepare(recipe(tiny, charter, data, HELPFUL | changes))
    with pytest.raises(ConfigurationError, match=message):
        train_stages(plan, tmp_path / "run", load_model=load_single)
    assert not (tmp_path / "run").exists()


def test_a_search_for_lambda_is_refused_in_several_processes(tiny, charter, data, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    find = {"stage": "safe", "constraint": "wordy", "split": "train"}
    plan = prepare(recipe(tiny, charter, data, HELPFUL, SAFE, find=find))
    with pytest.raises(ConfigurationError, match=r"find: .* one process.*--set find=null --set stages\.safe\.lambda"):
        train_stages(plan, tmp_path / "run", load_model=load_single)


def test_alone_the_main_process_does_everything():
    assert on_main(lambda: "done") == "done"
    with pytest.raises(KeyError):
        on_main(lambda: {}["nothing"])
    assert accumulation(8, 2, "here") == 4


def test_the_configuration_for_fsdp_is_one_that_accelerate_knows():
    config = load_config_from_file(str(shipped_folder("recipes") / "accelerate/fsdp.yaml"))
    assert config.distributed_type == "FSDP"
    assert config.fsdp_config["fsdp_version"] == 2
