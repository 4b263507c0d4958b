"""A vocabulary cut down to what some texts need: of a multilingual model it is most of the weights.

What is kept: every token seen in the texts, every single character and byte, every special token and, if wanted, the
commonest of the others. Texts that were seen keep their very tokens, and with them their states; other texts are
spelled in smaller pieces than before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from lawgiver.outcome import ConfigurationError

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_BATCH = 1024


def prune(
    tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], *, least: int = 1, commonest: int = 0
) -> tuple[PreTrainedTokenizerFast, npt.NDArray[np.int64]]:
    """Cut a tokenizer down.

    Args:
        tokenizer: of the kinds Unigram (SentencePiece), BPE or WordPiece.
        texts: whose tokens are kept, as the model is to read them; none keeps characters alone.
        least: how often a token must be seen.
        commonest: so many tokens from the beginning of the vocabulary are kept whether seen or not, for texts in other
            languages and scripts: vocabularies are written in order of frequency, or of merges.

    Returns:
        A tokenizer of its own, and the old id of each of its K tokens, ascending; `shrink` takes these.

    Raises:
        ConfigurationError: for a tokenizer of another kind.
    """
    document = json.loads(tokenizer.backend_tokenizer.to_str())
    tokens = _tokens(document)
    counts_V = np.zeros(max(tokens.values()) + 1, dtype=np.int64)
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            _count(tokenizer, batch, counts_V)
            batch = []
    _count(tokenizer, batch, counts_V)
    added = {int(token["id"]) for token in document["added_tokens"]}
    keep = {
        number
        for token, number in tokens.items()
        if counts_V[number] >= least or number < commonest or number in added or _single(token)
    }
    if document["model"]["type"] == "BPE":
        keep = _with_parts(keep, tokens, document["model"]["merges"])
    kept = sorted(keep)
    return _rebuilt(tokenizer, document, {old: new for new, old in enumerate(kept)}), np.array(kept, dtype=np.int64)


def shrink(model: PreTrainedModel, kept_K: npt.NDArray[np.int64]) -> None:
    """Keep these rows of a model's embeddings, in place, and rename the ids in its configuration."""
    words = model.get_input_embeddings()
    assert isinstance(words, torch.nn.Embedding)
    new_id = {int(old): new for new, old in enumerate(kept_K)}
    smaller = torch.nn.Embedding(
        len(kept_K),
        words.embedding_dim,
        padding_idx=None if words.padding_idx is None else new_id.get(words.padding_idx),
        _weight=words.weight.detach()[torch.from_numpy(kept_K)].clone(),
    )
    smaller.weight.requires_grad_(words.weight.requires_grad)
    model.set_input_embeddings(smaller)
    model.config.vocab_size = len(kept_K)
    for name in ("bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id"):
        if isinstance(old := getattr(model.config, name, None), int):
            setattr(model.config, name, new_id.get(old))


def _tokens(document: dict[str, Any]) -> dict[str, int]:
    model = document["model"]
    if model["type"] == "Unigram":
        tokens = {piece: number for number, (piece, _score) in enumerate(model["vocab"])}
    elif model["type"] in ("BPE", "WordPiece"):
        tokens = dict(model["vocab"])
    else:
        raise ConfigurationError(f"prune: a tokenizer of the kind {model['type']} cannot be cut down; set prune: false")
    return tokens | {str(token["content"]): int(token["id"]) for token in document["added_tokens"]}


def _count(tokenizer: PreTrainedTokenizerFast, texts: list[str], counts_V: npt.NDArray[np.int64]) -> None:
    for encoding in tokenizer.backend_tokenizer.encode_batch(texts):
        np.add.at(counts_V, encoding.ids, 1)


def _single(token: str) -> bool:
    return len(token.removeprefix("##").lstrip("▁Ġ")) <= 1 or _BYTE.fullmatch(token) is not None


def _parts(merge: Any) -> tuple[str, str]:
    """Tokenizers write a merge as a pair, older ones as one text."""
    left, right = merge.split(" ", 1) if isinstance(merge, str) else merge
    return left, right


def _with_parts(keep: set[int], tokens: dict[str, int], merges: Sequence[Any]) -> set[int]:
    """Add what kept tokens are merged of, in every way they can be: else they could no longer be reached."""
    made_of: dict[int, list[tuple[int, int]]] = {}
    for left, right in map(_parts, merges):
        made_of.setdefault(tokens[left + right], []).append((tokens[left], tokens[right]))
    found, waiting = set(keep), list(keep)
    while waiting:
        for pair in made_of.get(waiting.pop(), []):
            waiting += [part for part in pair if part not in found]
            found.update(pair)
    return found


def _rebuilt(
    tokenizer: PreTrainedTokenizerFast, document: dict[str, Any], new_id: dict[int, int]
) -> PreTrainedTokenizerFast:
    model = document["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for number, entry in enumerate(model["vocab"]) if number in new_id]
        if model["unk_id"] is not None:
            model["unk_id"] = new_id[model["unk_id"]]
    else:
        old = model["vocab"]
        if "merges" in model:
            results = ((merge, old["".join(_parts(merge))]) for merge in model["merges"])
            kept = {token for token, number in old.items() if number in new_id}
            model["merges"] = [
                merge for merge, result in results if result in new_id and kept.issuperset(_parts(merge))
            ]
        model["vocab"] = {token: new_id[number] for token, number in old.items() if number in new_id}
    for token in document["added_tokens"]:
        token["id"] = new_id[token["id"]]
    document["truncation"] = document["padding"] = None
    _rename(document["post_processor"], new_id)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(json.dumps(document)),
        model_max_length=tokenizer.model_max_length,
        padding_side="right",
        **tokenizer.special_tokens_map,
    )


def _rename(processor: Any, new_id: dict[int, int]) -> None:
    """Rename the ids in what puts special tokens around a text."""
    if not isinstance(processor, dict):
        return
    for inner in processor.get("processors", []):
        _rename(inner, new_id)
    for special in processor.get("special_tokens", {}).values():
        special["ids"] = [new_id[number] for number in special["ids"]]
    for name in ("sep", "cls"):
        if isinstance(processor.get(name), list):
            processor[name][1] = new_id[processor[name][1]]
