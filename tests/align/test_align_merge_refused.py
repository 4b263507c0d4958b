"""What cannot be merged is refused in one sentence, and nothing is overwritten."""

import json

import pytest
import torch

from lawgiver.align.merge import merge_config
from lawgiver.align.merge.plan import plan_merge
from lawgiver.data import sha256_file
from lawgiver.outcome import ConfigurationError
from merging import change, change_json, merged, refused, relative


@pytest.fixture(scope="module")
def pair(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("relatives")
    return relative(tiny, folder / "a", 1), relative(tiny, folder / "b", 2)


def without(name):
    return lambda tensors: {key: tensor for key, tensor in tensors.items() if key != name}


def test_models_that_do_not_fit_are_refused_before_anything_is_read(tiny, pair, tmp_path):
    def spoilt(name, function):
        folder = relative(tiny, tmp_path / name, 3)
        function(folder)
        return folder

    norm = "model.layers.1.input_layernorm.weight"
    refused(rf"missing: tensor {norm} is missing", pair[0], spoilt("missing", lambda f: change(f, without(norm))))
    cut = spoilt("shape", lambda f: change(f, lambda t: t | {norm: torch.ones(31)}))
    refused(rf"{norm} has shape \[31\], but \[32\]", pair[0], cut)
    more = spoilt("head", lambda f: change(f, lambda t: t | {"lm_head.weight": torch.ones(3, 3)}))
    plan_merge(merge_config("test", models=[{"model": str(more)}, {"model": str(pair[0])}], method="linear"))
    change_json(more / "config.json", tie_word_embeddings=False)
    refused("lm_head.weight is missing.*ties its head", pair[0], more)
    heads = spoilt("heads", lambda f: change_json(f / "config.json", num_attention_heads=8))
    refused("num_attention_heads is 8, but 4", pair[0], heads)
    tokenizer = (tiny / "tokenizer.json").read_text().replace('"!"', '"!!"')
    token = spoilt("tok", lambda f: (f / "tokenizer.json").write_text(tokenizer))
    refused("token 0 is '!!', but '!'", pair[0], token)
    quantised = spoilt("fp8", lambda f: change(f, lambda t: t | {norm: torch.ones(32).to(torch.float8_e4m3fn)}))
    refused("is of type F8_E4M3; merge the unquantised", pair[0], quantised)
    half = spoilt("half", lambda f: (f / "model.safetensors").write_bytes(b"\x10" * 40))
    refused("is damaged or no safetensors file", pair[0], half)
    pickled = spoilt("pickle", lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"))
    refused("only safetensors are merged", pair[0], pickled)
    with pytest.raises(ConfigurationError, match="layer_range ends at 3"):
        plan_merge(merge_config("t", method="linear", models=[{"model": str(p)} for p in pair]), layers=3)


@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "x.bin", 3])
def test_an_index_does_not_lead_out_of_its_folder(name, tiny, pair, tmp_path):
    folder = relative(tiny, tmp_path / "b", 3)
    (folder / "model.safetensors").rename(tmp_path / "secret.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    refused("weight_map must name safetensors files of the folder", pair[0], folder)


def test_what_is_not_finite_is_no_merge(tiny, pair, tmp_path):
    sick = relative(tiny, tmp_path / "sick", 3)
    change(sick, lambda tensors: tensors | {"model.norm.weight": torch.full((32,), float("nan"))})
    with pytest.raises(ConfigurationError, match=r"sick: tensor model\.norm\.weight is not finite"):
        merged(tmp_path / "out", pair[0], sick, method="linear")
    huge = [(folder, {"weight": 1e6}) for folder in pair]
    with pytest.raises(ConfigurationError, match=r"does not fit into torch\.float16; choose float32"):
        merged(tmp_path / "out", *huge, method="linear", normalize=False, dtype="float16")
    assert [path.name for path in tmp_path.iterdir()] == ["sick"]


def test_a_place_that_is_taken_stays_as_it_is(pair, tmp_path):
    (tmp_path / "out").mkdir()
    merged(tmp_path / "out", *pair, method="linear")
    before = sha256_file(tmp_path / "out" / "merge.json")
    with pytest.raises(ConfigurationError, match="is there already"):
        merged(tmp_path / "out", *pair, method="linear")
    assert sha256_file(tmp_path / "out" / "merge.json") == before


def test_integers_are_copied_and_must_be_the_same(tiny, tmp_path):
    a, b = (relative(tiny, tmp_path / name, seed) for seed, name in enumerate("ab"))
    for folder in (a, b):
        change(folder, lambda tensors: tensors | {"model.ids": torch.arange(5)})
    assert merged(tmp_path / "out", a, b, method="linear")["model.ids"].tolist() == [0, 1, 2, 3, 4]
    change(b, lambda tensors: tensors | {"model.ids": torch.ones(5, dtype=torch.int64)})
    with pytest.raises(ConfigurationError, match=r"model\.ids holds other integers"):
        merged(tmp_path / "out2", a, b, method="linear")
