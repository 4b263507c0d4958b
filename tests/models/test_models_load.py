"""Names become models; adapters are found, put on their base, and refused if they cannot be trusted."""

import json
import shutil

import pytest
import torch

from lawgiver.models.adapter import lineage
from lawgiver.models.load import load
from lawgiver.outcome import ConfigurationError

IDS = torch.tensor([[1, 50, 60, 70]])


def logits(loaded):
    with torch.inference_mode():
        return loaded.model(IDS).logits


def test_ready_to_answer(loaded, tiny):
    assert loaded.tokenizer.padding_side == "left"
    assert loaded.tokenizer.pad_token_id is not None
    assert not loaded.model.training
    assert loaded.resolved.source == "local"
    assert loaded.name == str(tiny)


def test_dtype_is_taken(tiny):
    assert load(str(tiny), dtype=torch.bfloat16).model.dtype == torch.bfloat16


def test_adapter_is_merged_exactly(loaded, tiny, tmp_path, make_adapter):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    adapter = make_adapter(tmp_path / "adapter")
    by_argument = load(str(tiny), dtype=torch.float32, adapter=adapter)
    by_name = load(str(adapter), dtype=torch.float32)
    unmerged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32), adapter)
    with torch.inference_mode():
        wanted = unmerged(IDS).logits
    assert torch.allclose(logits(by_argument), wanted, atol=1e-4)
    assert torch.equal(logits(by_argument), logits(by_name))
    assert (logits(loaded) - wanted).abs().max() > 0.1
    assert by_name.adapters == (adapter,)


def test_align_run_names_its_base(tiny, tmp_path, make_adapter):
    """The run's config is believed, not the path in the adapter, which may be of another machine."""
    run = tmp_path / "run"
    adapter = make_adapter(run / "adapter")
    (run / "config.json").write_text(json.dumps({"model": str(tiny)}))
    config = adapter / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"base_model_name_or_path": "/nowhere"}))
    for name in (run, adapter):
        assert lineage(str(name)).base == str(tiny)
        assert lineage(str(name)).adapters == (adapter,)
    assert load(str(run), dtype=torch.float32).adapters == (adapter,)


def test_adapter_on_an_adapter(tiny, tmp_path, make_adapter):
    inner = make_adapter(tmp_path / "one" / "adapter")
    outer = make_adapter(tmp_path / "two" / "adapter", seed=2)
    (tmp_path / "two" / "config.json").write_text(json.dumps({"model": str(tmp_path / "one")}))
    line = lineage(str(tmp_path / "two"))
    assert line.adapters == (inner, outer)
    assert line.base == str(tiny)
    both = load(str(tmp_path / "two"), dtype=torch.float32)
    by_hand = load(str(inner), dtype=torch.float32, adapter=outer)
    assert torch.equal(logits(both), logits(by_hand))


def test_run_that_trained_every_weight(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "run" / "model")
    (tmp_path / "run" / "config.json").write_text("{}")
    assert lineage(str(tmp_path / "run")).base == str(tmp_path / "run" / "model")


def test_adapter_that_is_its_own_base(tmp_path, make_adapter):
    adapter = make_adapter(tmp_path / "run" / "adapter")
    (tmp_path / "run" / "config.json").write_text(json.dumps({"model": str(tmp_path / "run")}))
    with pytest.raises(ConfigurationError, match="its own base"):
        load(str(adapter))


def test_adapter_without_a_base(tmp_path, make_adapter):
    adapter = make_adapter(tmp_path / "adapter")
    (adapter / "adapter_config.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="names no base model"):
        load(str(adapter))


def test_pickled_adapter_is_refused(tiny, tmp_path, make_adapter):
    adapter = make_adapter(tmp_path / "adapter")
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(ConfigurationError, match=r"no adapter_model.safetensors"):
        load(str(tiny), adapter=adapter)


def test_pickled_weights_are_refused(tiny, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(tiny, folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match="no model can be loaded"):
        load(str(folder))


def test_adapter_of_another_model(tiny, tmp_path, make_adapter):
    adapter = make_adapter(tmp_path / "adapter")
    config = adapter / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"target_modules": ["c_attn"]}))
    with pytest.raises(ConfigurationError, match="does not fit the model"):
        load(str(tiny), adapter=adapter)


def test_damaged_weights(tiny, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(tiny, folder)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:500])
    with pytest.raises(ConfigurationError, match="no model can be loaded"):
        load(str(folder))


def test_folder_without_a_model(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no config.json"):
        load(str(tmp_path))
