"""What comes out of a wheel's GGUF file is the model that went in."""

import pytest
import torch
from tiny_gguf import write_gguf
from wheels import build_wheel, entry_of, index_only

from lawgiver.models import resolve
from lawgiver.models.catalogue import CATALOGUE
from lawgiver.models.dequantise import dequantise
from lawgiver.models.generate import generate
from lawgiver.models.load import load
from lawgiver.outcome import DownloadError


@pytest.fixture(scope="session")
def packed(tiny, tmp_path_factory):
    return write_gguf(tiny, tmp_path_factory.mktemp("gguf") / "model.gguf")


@pytest.fixture(scope="session")
def unpacked(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    dequantise(packed, folder, splits_digits=True)
    return load(str(folder), dtype=torch.float32)


def test_weights_are_the_ones_packed(loaded, unpacked):
    """To within 8-bit blocks and bf16: a wrong order of rows would be far off."""
    before, after = loaded.model.state_dict(), unpacked.model.state_dict()
    assert before.keys() == after.keys()
    for name, weight in before.items():
        assert torch.allclose(weight, after[name], atol=0.01 * float(weight.abs().max())), name


def test_tokenizer_is_ready_for_chat(loaded, unpacked):
    tokenizer = unpacked.tokenizer
    assert tokenizer.chat_template == loaded.tokenizer.chat_template
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|pad|>")
    assert tokenizer.model_max_length == 512
    settings = unpacked.model.generation_config
    assert (settings.eos_token_id, settings.pad_token_id) == (tokenizer.eos_token_id, tokenizer.pad_token_id)
    assert generate(unpacked, [[{"role": "user", "content": "Hi"}]], max_new_tokens=3)


def test_digits_are_split_off(unpacked):
    pieces = unpacked.tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("\n\n12 mg")
    assert [piece for piece, _ in pieces] == ["ĊĊ", "1", "2", "Ġmg"]


def test_from_wheel_to_cache_to_model(packed, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LAWGIVER_CACHE", str(tmp_path / "cache"))
    index_only(monkeypatch, tmp_path / "index")
    entry = entry_of(build_wheel(tmp_path / "index", packed.read_bytes()))
    monkeypatch.setitem(CATALOGUE, entry.name, entry)
    said = []
    fetched = resolve("tiny", said.append)
    assert [message.split()[0] for message in said] == ["fetching", "unpacking"]
    assert fetched.source == "wheel"
    assert resolve("tiny", said.append).source == "cache"
    assert len(said) == 2
    assert resolve("tiny").fingerprint() == fetched.fingerprint()
    assert load("tiny").name == "tiny"
    assert capfd.readouterr() == ("", "")  # progress is the caller's to show


def test_not_a_gguf_file(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(100))
    (tmp_path / "out").mkdir()
    with pytest.raises(DownloadError, match="transformers cannot read it"):
        dequantise(tmp_path / "model.gguf", tmp_path / "out")
