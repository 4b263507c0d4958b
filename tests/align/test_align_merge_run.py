"""Whole merges, from folder to folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from lawgiver.align.merge import merge_config
from lawgiver.align.merge.combine import METHODS, values_of
from lawgiver.align.merge.plan import Planned, plan_merge
from lawgiver.align.merge.run import merge
from lawgiver.align.merge.source import fingerprint, hashes, open_source
from lawgiver.align.merge.staging import staged
from lawgiver.align.merge.writer import write_tensors
from lawgiver.data import sha256_file
from lawgiver.models.generate import generate
from lawgiver.models.load import load
from lawgiver.outcome import ConfigurationError
from merging import merged, relative, weights

METHOD_SETTINGS = {
    "linear": {},
    "slerp": {"t": (0.2, 0.9)},
    "task_arithmetic": {"scale": 0.7},
    "ties": {},
    "dare_linear": {"seed": 5},
    "dare_ties": {"seed": 5},
}
OWN = {"weight": ({"filter": "mlp", "value": 0.3}, {"value": (0.4, 0.9)})}
THIN = {"density": 0.4}


@pytest.fixture(scope="module")
def pair(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("relatives")
    return relative(tiny, folder / "a", 1), relative(tiny, folder / "b", 2)


def arguments(method, tiny, pair):
    models = pair[1:] if method == "slerp" else pair
    own = {} if method == "slerp" else OWN | (THIN if "ties" in method or "dare" in method else {})
    base = {"base": str(pair[0] if method == "slerp" else tiny)} if method != "linear" else {}
    return [(model, own) for model in models], {"method": method} | base | METHOD_SETTINGS[method]


@pytest.mark.parametrize("method", METHODS)
def test_streamed_over_shards_is_merged_in_memory(method, tiny, pair, tmp_path):
    models, settings = arguments(method, tiny, pair)
    streamed = merged(tmp_path / "out", *models, **settings, shard_bytes=20_000)
    files = sorted(path.name for path in (tmp_path / "out").glob("*.safetensors"))
    assert len(files) > 2
    assert files[0] == f"model-00001-of-{len(files):05}.safetensors"
    config = merge_config("test", models=[{"model": str(m), **own} for m, own in models], **settings)
    sources = [open_source(str(m), print) for m, _ in models]
    prints = [fingerprint(source, hashes(sources)) for source in sources]
    names = [*([settings["base"]] if "base" in settings else []), *(model for model, _ in models)]
    loaded = [weights(Path(name)) for name in names]
    assert streamed.keys() == loaded[0].keys()
    for name in streamed:
        whole = METHODS[method]([model[name] for model in loaded], values_of(config, name, 2, prints))
        assert torch.equal(streamed[name], whole), name


def test_the_result_is_a_model_that_answers(tiny, pair, tmp_path):
    merged(tmp_path / "out", *pair, method="linear", shard_bytes=30_000, dtype="bfloat16")
    loaded = load(str(tmp_path / "out"), dtype=torch.bfloat16)
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").dtype == torch.bfloat16
    [said] = generate(loaded, [[{"role": "user", "content": "A?"}]], max_new_tokens=3)
    assert said.tokens > 0


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_it_is_rounded_once(dtype, tiny, tmp_path):
    kind = getattr(torch, dtype)
    folders = [relative(tiny, tmp_path / name, seed, torch.bfloat16) for seed, name in enumerate("ab")]
    inputs = [weights(folder) for folder in folders]
    settings = {"method": "linear"} | ({"dtype": dtype} if dtype != "bfloat16" else {})
    for name, tensor in merged(tmp_path / "out", *folders, **settings).items():
        assert torch.equal(tensor, ((inputs[0][name].float() + inputs[1][name].float()) / 2).to(kind))


def test_a_record_says_what_was_merged(pair, tmp_path):
    merged(tmp_path / "out", (pair[0], {"weight": 0.25}), (pair[1], {"weight": 0.75}), method="linear")
    record = json.loads((tmp_path / "out" / "merge.json").read_text())
    assert record["merge"]["method"] == "linear"
    assert [entry["weight"] for entry in record["merge"]["models"]] == [0.25, 0.75]
    assert [entry["sha256"] for entry in record["inputs"]] == [
        {"model.safetensors": sha256_file(folder / "model.safetensors")} for folder in pair
    ]
    names = {path.name for path in (tmp_path / "out").iterdir()} - {"merge.json"}
    assert record["output_sha256"] == {name: sha256_file(tmp_path / "out" / name) for name in names}
    assert {"tokenizer.json", "config.json", "model.safetensors"} <= names


def test_dare_depends_on_content_and_seed_not_on_order_or_place(tiny, pair, tmp_path):
    settings = {"method": "dare_linear", "base": str(tiny)}
    one, two = ((folder, THIN) for folder in pair)
    there = relative(tiny, tmp_path / "elsewhere", 1)
    first = merged(tmp_path / "1", one, two, **settings)
    for index, models in enumerate([(two, one), ((there, THIN), two)]):
        for name, tensor in merged(tmp_path / f"2{index}", *models, **settings, shard_bytes=9000).items():
            torch.testing.assert_close(tensor, first[name], rtol=0, atol=1e-6)
    assert any(not torch.equal(t, first[n]) for n, t in merged(tmp_path / "3", one, two, **settings, seed=1).items())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), SystemExit(143)])
def test_an_interrupted_merge_leaves_nothing(error, pair, tmp_path):
    plan = plan_merge(merge_config("test", method="linear", models=[{"model": str(folder)} for folder in pair]))
    seen = []

    def stop(count):
        seen.append(sorted(path.name for path in tmp_path.iterdir()))
        raise error

    with pytest.raises(type(error) if isinstance(error, BaseException) else error):
        merge(plan, tmp_path / "out", stop)
    assert seen == [[".out.unfinished"]]
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time
from pathlib import Path
from lawgiver.align.merge.staging import staged
with staged(Path(sys.argv[1])) as folder:
    (folder / "model.safetensors").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_cleared_by_the_next_and_a_live_one_is_not_disturbed(pair, tmp_path):
    with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path / "out"], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        with pytest.raises(ConfigurationError, match="another process is writing it"), staged(tmp_path / "out"):
            pass
        assert (tmp_path / ".out.unfinished/model.safetensors").exists()
        process.kill()
    assert not (tmp_path / "out").exists()
    merged(tmp_path / "out", *pair, method="linear")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not (tmp_path / "out/.lock").exists()


def test_the_writer_writes_what_the_library_reads(tmp_path):
    tensors = {
        "byte": torch.tensor([1, 2, 3], dtype=torch.uint8),
        "half": torch.randn(3, 5).to(torch.bfloat16),
        "none": torch.empty(0, 4),
        "scalar": torch.tensor(3.5),
        "strided": torch.randn(4, 6).T,
        "truth": torch.tensor([True, False]),
        "whole": torch.tensor([2**40], dtype=torch.int64),
    }
    specs = [Planned(name, tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()]
    digest = write_tensors(tmp_path / "x.safetensors", specs, tensors.__getitem__)
    assert digest == sha256_file(tmp_path / "x.safetensors")
    read = weights(tmp_path)
    assert read.keys() == tensors.keys()
    assert all(torch.equal(read[name], tensors[name]) and read[name].dtype == tensors[name].dtype for name in read)
