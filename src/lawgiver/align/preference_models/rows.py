"""From pairs to token ids: the answer that shall score higher, the other one, and what is flagged of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from lawgiver.align.preference_models.recipe import Head
from lawgiver.data.files import sha256_bytes
from lawgiver.data.preference import Pair, Record
from lawgiver.models.head_card import Objective
from lawgiver.models.score_head import exchange_ids
from lawgiver.outcome import ConfigurationError

TOO_LONG = "prompt and answer do not fit max_length"
NOT_FLAGGED = "an answer is not flagged safe or unsafe"


@dataclass(frozen=True)
class Rows:
    """What a head can learn from, or be measured by."""

    pairs: list[Pair]
    """N pairs."""
    ids: list[tuple[list[int], list[int]]]
    """Of each pair: prompt and answer that shall score higher (preferred, or unsafer), and the other one."""
    left_out: Counter[str]
    """Records that are no use to it, by reason."""

    @property
    def sha256(self) -> str:
        """Of the pairs, in their order."""
        return sha256_bytes(json.dumps([pair.to_json() for pair in self.pairs], sort_keys=True).encode())


def rows_of(
    objective: Objective, head: Head, name: str, records: Sequence[Record], tokenizer: PreTrainedTokenizerBase
) -> Rows:
    """The rows of one head.

    Args:
        objective: `reward` takes the preferred answer as the higher one, `cost` the other.
        head: its settings.
        name: of the data in the recipe, for messages.
        records: what was read.
        tokenizer: the model's.

    Raises:
        ConfigurationError: if there are single answers among them, or none is left.
    """
    left_out: Counter[str] = Counter()
    pairs: list[Pair] = []
    ids: list[tuple[list[int], list[int]]] = []
    for record in records:
        if not isinstance(record, Pair):
            raise ConfigurationError(f"heads.{objective}: data {name!r} has single answers; pairs are wanted")
        if objective == "cost" and (record.chosen_safe is None or record.rejected_safe is None):
            left_out[NOT_FLAGGED] += 1
            continue
        both = [exchange_ids(tokenizer, record.prompt, answer) for answer in higher_first(objective, record)]
        if max(map(len, both)) > head.max_length:
            left_out[TOO_LONG] += 1
            continue
        pairs.append(record)
        ids.append((both[0], both[1]))
    if not pairs:
        raise ConfigurationError(
            f"heads.{objective}: of {len(records)} records of data {name!r} none is left; left out: "
            f"{dict(left_out) or 'none'}"
        )
    return Rows(pairs, ids, left_out)


def higher_first(objective: Objective, pair: Pair) -> tuple[str, str]:
    """The answer that shall score higher, and the other one: the unsafer one costs more."""
    return (pair.chosen, pair.rejected) if objective == "reward" else (pair.rejected, pair.chosen)


def safe_flags(objective: Objective, pair: Pair) -> tuple[bool, bool]:
    """Whether these two are safe, in the same order; only a cost asks."""
    flags = (bool(pair.chosen_safe), bool(pair.rejected_safe))
    return flags if objective == "reward" else (flags[1], flags[0])
