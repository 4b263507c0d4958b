import os
import subprocess
import sys
from pathlib import Path

import pytest
from two_processes import main

from lawgiver.align.grpo import build_trainer
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from small import small_charter
from tiny import load_tiny, recipe

SCRIPT = Path(__file__).with_name("two_processes.py")
COUNTED = ("step", "completions", "score", "gated", "failed", "values", "costs", "monitors", "lambda", "weights")


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return Charter.open(small_charter(tmp_path_factory.mktemp("charter") / "small"))


def test_two_processes_count_what_one_counts(charter, tiny, tmp_path):
    one, two = RunDirectory(tmp_path / "one"), RunDirectory(tmp_path / "two")
    main(charter.root, tiny, one.path)
    # accelerate's own launcher starts one process where there is no GPU, however many it is told
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [*launch, str(SCRIPT), str(charter.root), str(tiny), str(two.path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert [(run.path / "processes").read_text() for run in (one, two)] == ["1", "2"]
    assert len(one.metrics()) == len(two.metrics()) == 3
    for alone, together in zip(one.metrics(), two.metrics(), strict=True):
        assert alone["completions"] == 12
        assert alone["abstained"] == together["abstained"]
        for key in COUNTED:
            assert together[key] == pytest.approx(alone[key]), key
    assert two.read("summary.json") == {"steps": 3, "result": "adapter"}
    assert (two.path / "adapter/adapter_model.safetensors").is_file()


@pytest.mark.parametrize(("prompts", "processes"), [(3, 2), (2, 4)])
def test_prompts_that_do_not_divide_among_processes_are_refused(
    charter, tiny, tmp_path, monkeypatch, prompts, processes
):
    monkeypatch.setenv("WORLD_SIZE", str(processes))
    settings = recipe(tiny, charter.root, prompts_per_step=prompts)
    directory = RunDirectory.create(tmp_path / "run", {}, charter.identity)
    with pytest.raises(ConfigurationError, match=rf"do not divide among {processes} processes"):
        build_trainer(settings, charter, load_tiny(tiny), directory)


def test_a_step_that_samples_more_than_there_is_is_refused(charter, tiny, tmp_path):
    settings = recipe(tiny, charter.root, prompts_per_step=7)
    directory = RunDirectory.create(tmp_path / "run", {}, charter.identity)
    with pytest.raises(ConfigurationError, match=r"train\.jsonl: 6 scenarios to train on, but a step samples 7"):
        build_trainer(settings, charter, load_tiny(tiny), directory)
