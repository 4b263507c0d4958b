"""Whether models can be merged at all: the same tensors, heads and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lawgiver.align.merge.source import Source
from lawgiver.align.merge.tensors import TIED, read_json
from lawgiver.outcome import ConfigurationError

KEYS = ("model_type", "num_attention_heads", "num_key_value_heads", "head_dim", "hidden_act")
"""Settings that the shapes of tensors need not tell, and that change what the tensors mean."""


def refuse_different(sources: Sequence[Source]) -> None:
    """Compare every model with the first.

    Raises:
        ConfigurationError: naming the tensor, the setting or the token in which a model differs.
    """
    first, *others = sources
    for other in others:
        _settings(first, other)
        _tensors(first, other)
        _tokens(first, other)


def _settings(first: Source, other: Source) -> None:
    for key in KEYS:
        one, two = first.weights.config.get(key), other.weights.config.get(key)
        if one is not None and two is not None and one != two:
            raise ConfigurationError(
                f"{other.name}: config.json: {key} is {two!r}, but {one!r} in {first.name}; these do not merge"
            )


def _tensors(first: Source, other: Source) -> None:
    for name in sorted(first.metas.keys() | other.metas.keys()):
        for here, there in ((first, other), (other, first)):
            if name not in here.metas:
                why = "; one ties its head to the embeddings and the other does not" if name == TIED else ""
                raise ConfigurationError(f"{here.name}: tensor {name} is missing, which {there.name} has{why}")
        one, two = first.metas[name], other.metas[name]
        if one.shape != two.shape:
            raise ConfigurationError(
                f"{other.name}: tensor {name} has shape {list(two.shape)}, but {list(one.shape)} in {first.name}"
            )
        if one.dtype.is_floating_point != two.dtype.is_floating_point or (
            one.dtype != two.dtype and not one.dtype.is_floating_point
        ):
            raise ConfigurationError(
                f"{other.name}: tensor {name} is of type {two.dtype}, but {one.dtype} in {first.name}"
            )


def _tokens(first: Source, other: Source) -> None:
    """Two tokenizers may know tokens that the other lacks, but must not give one id to two tokens."""
    one, two = _vocabulary(first), _vocabulary(other)
    for number in sorted(one.keys() & two.keys()):
        if one[number] != two[number]:
            raise ConfigurationError(
                f"{other.name}: tokenizer.json: token {number} is {two[number][:40]!r}, but {one[number][:40]!r} in "
                f"{first.name}; models with different tokenizers do not merge"
            )


def _vocabulary(source: Source) -> dict[int, str]:
    path = source.weights.folder / "tokenizer.json"
    if not path.is_file():
        return {}
    document = read_json(path)
    tokens: dict[int, str] = {}
    model: Any = document.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(vocabulary, dict):
        tokens |= {number: text for text, number in vocabulary.items() if isinstance(number, int)}
    added = document.get("added_tokens")
    for entry in added if isinstance(added, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("id"), int):
            tokens[entry["id"]] = str(entry.get("content"))
    return tokens
