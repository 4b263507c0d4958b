"""Training the real default model; everything else is tested on a tiny one."""

import pytest

from lawgiver.data.rundir import RunDirectory

NAME = "smollm2-135m-instruct"
pytestmark = pytest.mark.model


def test_one_step_of_alignment_trains_an_adapter(medical, tmp_path):
    from safetensors.torch import load_file

    from lawgiver.align import Recipe, train

    small = {"steps": 1, "prompts_per_step": 2, "generations": 2, "max_new_tokens": 16, "micro_batch": 4}
    settings = Recipe(model=NAME, charter="medical", warmup_steps=0, scale_rewards="batch", **small)
    result = train(settings, medical, tmp_path / "run")
    [row] = RunDirectory(tmp_path / "run").metrics()
    assert row["completions"] == 4
    assert row["failed"] == 0
    assert row["values"].keys() == {principle.name for principle in medical.spec.principles}
    assert 0 <= row["score"] <= 1
    weights = load_file(result / "adapter_model.safetensors")
    assert row["grad_norm"] > 0
    assert any(tensor.abs().sum() > 0 for name, tensor in weights.items() if "lora_B" in name)
