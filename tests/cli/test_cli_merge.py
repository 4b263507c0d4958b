"""`lawgiver merge` as a user meets it."""

import json
import signal
import subprocess
import sys
import time

import pytest
import torch

from merging import adapter, relative, weights


@pytest.fixture(scope="module")
def pair(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("relatives")
    return relative(tiny, folder / "a", 1), relative(tiny, folder / "b", 2)


def test_help_shows_how(lawgiver):
    said = lawgiver("merge", "--help")
    assert said.status == 0
    for word in ("--weights", "--dry-run", "0.25,0.75", "dare_ties", "merge.yaml"):
        assert word in said.out


def test_two_models_by_options(lawgiver, pair, tmp_path):
    said = lawgiver("merge", *pair, "--method", "linear", "--weights", "0.25,0.75", "-o", tmp_path / "out")
    assert said.status == 0, said
    assert said.out.startswith(f"merged: linear of 2 models into {tmp_path / 'out'}: 20 tensors, 0.1 MB of float32")
    assert "20/20" in said.err
    one, two = (weights(folder) for folder in pair)
    for name, tensor in weights(tmp_path / "out").items():
        torch.testing.assert_close(tensor, 0.25 * one[name] + 0.75 * two[name])


@pytest.mark.parametrize(
    "options",
    [
        ["--method", "slerp", "--t", "0.3"],
        ["--method", "task_arithmetic", "--base", "TINY", "--lambda", "0.5"],
        ["--method", "ties", "--base", "TINY", "--density", "0.5", "--weights", "1,2", "--no-normalize"],
        ["--method", "dare_ties", "--base", "TINY", "--density", "0.5,0.9", "--seed", "3", "--no-rescale"],
        ["--method", "dare_linear", "--base", "TINY", "--dtype", "bfloat16", "--shard-mb", "1", "--format", "json"],
    ],
)
def test_every_method_has_its_options(options, lawgiver, tiny, pair, tmp_path):
    options = [str(tiny) if option == "TINY" else option for option in options]
    said = lawgiver("merge", *pair, *options, "--output", tmp_path / "out")
    assert said.status == 0, said
    assert (tmp_path / "out/merge.json").is_file()
    if "json" in options:
        document = json.loads(said.out)
        assert (document["method"], document["dtypes"], document["files"]) == ("dare_linear", ["bfloat16"], 1)


def test_mergekit_yaml(lawgiver, refuses, pair, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(
        f"merge_method: slerp\nbase_model: {pair[0]}\nparameters: {{t: [0, 1]}}\nslices:\n- sources:\n"
        f"  - {{model: {pair[0]}, layer_range: [0, 2]}}\n  - {{model: {pair[1]}, layer_range: [0, 2]}}\n"
    )
    said = lawgiver("merge", path, "-o", tmp_path / "out")
    assert said.status == 0, said
    assert "change it there" in refuses("merge", path, "-o", tmp_path / "x", "--t", "0.4")
    path.write_text(path.read_text().replace("[0, 2]", "[0, 9]"))
    assert "layer_range ends at 9" in refuses("merge", path, "-o", tmp_path / "x", "--dry-run")


def test_a_dry_run_writes_nothing_and_tells_what_fits(lawgiver, refuses, tiny, pair, tmp_path):
    command = ["merge", *pair, "--method", "linear", "--output", tmp_path / "deep/out", "--dry-run"]
    said = lawgiver(*command)
    assert (said.status, said.out.partition(":")[0]) == (0, "fine")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "deep").write_text("")
    assert "is there already" in refuses(*command[:-2], tmp_path / "deep", "--dry-run")


def test_adapters_become_an_adapter(lawgiver, tiny, tmp_path):
    folders = [adapter(tiny, tmp_path / name, seed) for seed, name in enumerate("ab")]
    said = lawgiver("merge", *folders, "--method", "linear", "-o", tmp_path / "out")
    assert "an adapter on" in said.out, said
    assert (tmp_path / "out/adapter_model.safetensors").is_file()
    lawgiver("merge", *folders, "--method", "linear", "-o", tmp_path / "whole", "--whole")
    assert (tmp_path / "whole/model.safetensors").is_file()


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ([], "--method: give one of linear: weighted mean"),
        (["--method", "della"], "--method: della is none of linear"),
        (["--method", "linear", "--weights", "1,2,3"], "--weights: 3 numbers for 2 models"),
        (["--method", "linear", "--weights", "1;2"], "--weights '1;2': write numbers with commas"),
        (["--method", "linear", "--weights", "nan,1"], "finite number"),
        (["--method", "linear", "--weights", "1,-1"], "weights that sum to 0"),
        (["--method", "linear", "--density", "0.5"], "linear has no density"),
        (["--method", "ties"], "ties starts from a base model"),
        (["--method", "slerp"], "slerp wants t"),
        (["--method", "linear", "--dtype", "int4"], "dtype"),
    ],
)
def test_a_mistake_is_one_sentence(options, pattern, refuses, pair, tmp_path):
    assert pattern in refuses("merge", *pair, *options, "-o", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_not_there(refuses, pair, tmp_path):
    said = refuses("merge", pair[0], "no-such-model", "--method", "linear", "-o", tmp_path / "out")
    assert "no-such-model" in said


SLOW = """
import sys, time
from lawgiver.align.merge import run
finite = run.finite
run.finite = lambda tensor: time.sleep(0.5) or finite(tensor)  # a large model takes long at every tensor
from lawgiver.cli import main
main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_merge_that_is_ended_leaves_nothing(number, status, pair, tmp_path):
    command = [sys.executable, "-c", SLOW, "merge", *map(str, pair), "--method", "linear", "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not (tmp_path / ".out.unfinished/model.safetensors").exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == status, said
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []
