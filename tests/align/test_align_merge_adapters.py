"""Merging LoRA adapters: into their exact sum, or into whole weights."""

import json

import pytest
import torch
from safetensors.torch import save_file

from lawgiver.align.merge.lora import Pair
from lawgiver.models.load import load
from merging import adapter, change_json, merged, refused, weights


@pytest.fixture(scope="module")
def adapters(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    return (
        adapter(tiny, folder / "a", 1, rank=3),
        adapter(tiny, folder / "b", 2, rank=2, target_modules=["q_proj", "down_proj"], use_rslora=True),
    )


def logits(model):
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        return model(input_ids=ids).logits


def test_adapters_merge_into_the_adapter_of_their_exact_sum(tiny, adapters, tmp_path):
    graded = {"weight": (0.2, 0.6)}
    models = [(adapters[0], graded), (adapters[1], {"weight": (0.8, 0.4)})]
    out = merged(tmp_path / "out", *models, method="linear")
    assert json.loads((tmp_path / "out/adapter_config.json").read_text())["r"] == 5
    assert all("lora_" in name for name in out)
    merged(tmp_path / "whole", *models, method="linear", whole=True)
    one, two = (load(str(tmp_path / name), dtype=torch.float32).model for name in ("out", "whole"))
    base = load(str(tiny), dtype=torch.float32).model
    torch.testing.assert_close(logits(one), logits(two), rtol=1e-4, atol=1e-3)
    assert (logits(one) - logits(base)).abs().max() > 0.1
    for name, tensor in one.state_dict().items():
        torch.testing.assert_close(tensor, two.state_dict()[name], rtol=0, atol=2e-6)


def test_an_adapter_is_merged_as_loading_merges_it(tiny, adapters, tmp_path):
    for folder in adapters:
        out = merged(tmp_path / folder.name, (folder, {"weight": 1.0}), method="task_arithmetic", base=str(tiny))
        loaded = load(str(folder), dtype=torch.float32).model.state_dict()
        for name, tensor in out.items():
            torch.testing.assert_close(tensor, loaded[name], rtol=0, atol=2e-6)


def test_a_second_stage_on_a_first_shares_its_adapter(tiny, adapters, tmp_path):
    second = adapter(tiny, tmp_path / "second", 3, rank=2)
    change_json(second / "adapter_config.json", base_model_name_or_path=str(adapters[0]))
    merged(tmp_path / "out", (adapters[0], {"weight": 1.0}), (second, {"weight": 3.0}), method="linear")
    assert json.loads((tmp_path / "out/adapter_config.json").read_text())["r"] == 5
    ends = [load(str(folder), dtype=torch.float32).model.state_dict() for folder in (adapters[0], second)]
    for name, tensor in load(str(tmp_path / "out"), dtype=torch.float32).model.state_dict().items():
        torch.testing.assert_close(tensor, 0.25 * ends[0][name] + 0.75 * ends[1][name], rtol=0, atol=2e-6)


def test_weights_that_do_not_sum_to_one_move_the_base_too(tiny, adapters, tmp_path):
    out = merged(tmp_path / "out", *adapters, method="linear", normalize=False)
    assert "model.embed_tokens.weight" in out
    torch.testing.assert_close(out["model.norm.weight"], 2 * weights(tiny)["model.norm.weight"])


@pytest.mark.parametrize(
    ("settings", "pattern"),
    [
        ({"use_dora": True}, "use_dora is True; only plain LoRA"),
        ({"peft_type": "IA3"}, "peft_type is 'IA3'"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"lora_alpha": "x"}, "lora_alpha is 'x'"),
    ],
)
def test_adapters_of_other_kinds_are_refused(settings, pattern, tiny, adapters, tmp_path):
    folder = adapter(tiny, tmp_path / "a", 4)
    change_json(folder / "adapter_config.json", **settings)
    refused(pattern, folder, adapters[0])


def test_an_adapter_of_another_model_is_refused(tiny, adapters, tmp_path):
    folder = adapter(tiny, tmp_path / "a", 4)
    save_file(
        {f"base_model.model.model.layers.9.mlp.up_proj.lora_{x}.weight": torch.ones(2, 2) for x in "AB"},
        folder / "adapter_model.safetensors",
    )
    refused(r"model.layers.9.mlp.up_proj.weight is \(2, 2\) here and missing there", folder, adapters[0])


def test_a_pair_is_its_product():
    pair = Pair(torch.ones(2, 3), torch.ones(4, 2), 0.5)
    assert torch.equal(pair.delta(), torch.ones(4, 3))
