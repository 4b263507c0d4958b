"""`lawgiver sweep` on two tiny models: merged, asked, judged and fitted for real."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM

from lawgiver.data.rundir import RunDirectory
from small import small_charter


@pytest.fixture
def models(tiny, tmp_path):
    """The tiny model, and one moved away from it."""
    other = tmp_path / "other"
    model = AutoModelForCausalLM.from_pretrained(tiny)
    torch.manual_seed(1)
    for weight in model.parameters():
        weight.data += 0.1 * torch.randn_like(weight)
    model.save_pretrained(other)
    for file in tiny.iterdir():
        if file.name not in ("model.safetensors", "config.json", "generation_config.json"):
            (other / file.name).write_bytes(file.read_bytes())
    return tiny, other


@pytest.fixture
def charter(tmp_path):
    return small_charter(tmp_path / "small")


ASK = ("--constraint", "wordy", "--split", "train", "--max-new-tokens", 12, "--q", "0,0.5,1")


def test_every_q_is_measured_and_one_is_chosen_or_none(lawgiver, models, charter, tmp_path):
    said = lawgiver("sweep", *models, "-c", charter, *ASK, "--run", tmp_path / "run")
    assert said.status == 0, said.err
    document = json.loads((tmp_path / "run/sweep.json").read_text())
    assert [point["q"] for point in document["measured"]] == [0, 0.5, 1]
    ends = {0.0: models[0], 1.0: models[1], 0.5: tmp_path / "run/q-0.5/model"}
    for point in document["measured"]:
        run = RunDirectory(tmp_path / f"run/q-{point['q']:g}/evaluation")
        assert run.read("config.json")["model"] == str(ends[point["q"]])
        (cost,) = (m for m in run.read("summary.json")["metrics"] if m["name"] == "wordy")
        assert point["cost"]["estimate"] == cost["interval"]["estimate"]
    assert document["message"] in said.out.replace("\n", " ") or document["message"][:40] in said.out
    page = (tmp_path / "run/report.html").read_text()
    assert page.count("<svg") == 2
    assert "<script" not in page
    again = lawgiver("sweep", *models, "-c", charter, *ASK, "--run", tmp_path / "run", "--resume", "--format", "json")
    assert json.loads(again.out) == document


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--constraint", "rude"), "the charter has over_refusal, wordy"),
        (("--constraint", "wordy", "--wanted", "beauty"), "give score, or a principle: brevity, candour"),
        (("--constraint", "wordy", "--q", "0"), "two or more different shares"),
        (("--constraint", "wordy", "--q", "0,2"), "from 0 to 1"),
        (("--constraint", "wordy", "--split", "nowhere"), "no such split"),
    ],
)
def test_a_mistake_is_found_before_anything_is_merged(lawgiver, models, charter, tmp_path, options, message):
    said = lawgiver("sweep", *models, "-c", charter, *options, "--run", tmp_path / "run", "--dry-run")
    assert said.status == 2
    assert message in said.err
    assert not (tmp_path / "run").exists()
