"""The same YAML gives the same model as mergekit 0.1 does; runs only where that is installed."""

import shutil

import pytest
import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM

pytest.importorskip("mergekit", reason="pip install 'lawgiver[mergekit]'")

from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions

from lawgiver.align.merge import read_mergekit
from lawgiver.align.merge.plan import plan_merge
from lawgiver.align.merge.run import merge
from merging import weights

TOLERANCE = 2e-6
"""Both compute in fp32, in another order; weights here have a size of about 1."""
GRADED = [{"filter": "self_attn", "value": [0, 0.5, 1]}, {"filter": "mlp", "value": [0.9, 0.1]}, {"value": 0.3}]
TASK = ("task_arithmetic", "ties")


@pytest.fixture(scope="module", params=[False, True], ids=["head", "tied"])
def models(request, tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate("abc"):
        torch.manual_seed(seed)
        config = LlamaConfig(
            vocab_size=259,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=5,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=request.param,
            initializer_range=0.5,
        )
        LlamaForCausalLM(config).save_pretrained(folder / name)
        for path in tiny.glob("*token*"):
            shutil.copy(path, folder / name)
    return {name: str(folder / name) for name in "abc"}


def document(models, method, parameters=(), base="a", listed="bc", **shared):
    rows = [{"model": models[name], "parameters": own} for name, own in zip(listed, parameters, strict=True)]
    return {"merge_method": method, "models": rows, "parameters": shared, "dtype": "float32"} | (
        {"base_model": models[base]} if base else {}
    )


def cases(models):
    yield "linear", document(models, "linear", [{"weight": 0.25}, {"weight": 0.75}, {"weight": 2}], None, "abc")
    yield (
        "linear-plain",
        document(models, "linear", [{"weight": 1}, {"weight": -0.5}], "a", "ab", normalize=False),
    )
    yield "linear-graded", document(models, "linear", [{"weight": GRADED}, {"weight": [1, 0.2]}], None, "ab")
    yield "slerp", document(models, "slerp", [{}], t=GRADED, listed="b")
    yield "slerp-listed", document(models, "slerp", [{}, {}], t=[0.1, 0.8], listed="ba")
    for method in TASK:
        yield method, document(models, method, [{"weight": 0.7}, {"weight": 0.6}], density=0.37)
        yield (
            f"{method}-all",
            document(
                models,
                method,
                [{"weight": 0.5, "density": [0.9, 0.1]}, {"weight": GRADED, "density": 0.53}],
                normalize=True,
                int8_mask=False,
                **{"lambda": 1.3},
            ),
        )
        yield (
            f"{method}-signs",
            document(models, method, [{"weight": 1.5}, {"weight": -0.4}], density=0.5, normalize=False),
        )
    yield "ties-one", document(models, "ties", [{"weight": 3, "density": 0.2}], listed="b")
    for method in ("dare_linear", "dare_ties"):
        # at density 1 nothing is left to chance
        yield method, document(models, method, [{"weight": 0.7}, {"weight": 0.6}], density=1.0, **{"lambda": 0.8})
    whole = {"sources": [{"model": models[name], "layer_range": [0, 5]} for name in "ab"]}
    yield (
        "slices",
        {"merge_method": "slerp", "base_model": models["a"], "slices": [whole], "parameters": {"t": GRADED}}
        | {"dtype": "float32"},
    )


def test_the_same_yaml_gives_the_same_model(models, tmp_path, record_property):
    largest = {}
    for name, settings in cases(models):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(settings))
        run_merge(
            MergeConfiguration.model_validate(settings),
            str(tmp_path / f"{name}-theirs"),
            MergeOptions(quiet=True, copy_tokenizer=False),
        )
        config, layers = read_mergekit(path)
        merge(plan_merge(config, layers=layers), tmp_path / f"{name}-ours")
        theirs, ours = weights(tmp_path / f"{name}-theirs"), weights(tmp_path / f"{name}-ours")
        assert ours.keys() == theirs.keys(), name
        largest[name] = max(float((ours[key] - theirs[key]).abs().max()) for key in ours)
    record_property("largest differences", str(largest))
    print(largest)
    assert max(largest.values()) <= TOLERANCE, largest
