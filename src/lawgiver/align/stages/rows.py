"""From preference records to the rows that a stage trains on, with what its method makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lawgiver.align.losses import bfpo_targets
from lawgiver.align.stages.stage import Stage
from lawgiver.data.preference import SAFE, Labelled, Pair, Record, labels_of, to_trl_labelled, to_trl_pairs
from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]
Messages = Sequence[dict[str, str]]
TOO_LONG = "the prompt alone fills max_length"


@dataclass
class Rows:
    """What a trainer reads."""

    rows: list[dict[str, Any]]
    """Conversations in TRL's columns."""
    pairs: list[Pair] = field(default_factory=list)
    """The pairs behind them, in the same order; empty where answers stand alone."""
    margin_N: Floats | None = None
    """By how much a chosen answer must win, in units of the loss's argument; None for nothing."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Records that this stage cannot use, by reason."""
    target_N: Floats | None = None
    """What τ times the gap per token of each pair is drawn towards; None for losses without a target."""


def rows_of(
    stage: Stage, records: Sequence[Record], system_prompt: str | None, tokens: Callable[[Messages], int]
) -> Rows:
    """The rows of one stage.

    Args:
        stage: whose method decides which records it can use, and how.
        records: pairs, or answers that are wanted or not.
        system_prompt: goes in front of conversations without one; None leaves them as they are.
        tokens: how long a conversation is with the cue to answer.

    Raises:
        ConfigurationError: if nothing is left, or the records are not what the method learns from.
    """
    made = _METHODS[stage.method](stage, records, system_prompt)
    fits_N = np.array([tokens(row["prompt"]) < stage.max_length for row in made.rows], dtype=bool)
    if not fits_N.any():
        raise ConfigurationError(
            f"stage {stage.name}: of {len(records)} records none is left to train on; left out: "
            f"{dict(made.left_out + Counter({TOO_LONG: len(made.rows)})) or 'none'}"
        )
    made.left_out[TOO_LONG] += int((~fits_N).sum())
    made.rows = [row for row, fits in zip(made.rows, fits_N, strict=True) if fits]
    made.pairs = [pair for pair, fits in zip(made.pairs, fits_N, strict=False) if fits]
    made.margin_N = made.margin_N[fits_N] if made.margin_N is not None else None
    made.target_N = made.target_N[fits_N] if made.target_N is not None else None
    return made


def _paired(stage: Stage, records: Sequence[Record], system_prompt: str | None) -> Rows:
    pairs = _pairs(stage, records)
    return Rows(to_trl_pairs(pairs, system_prompt=system_prompt), pairs)


def _safe_first(stage: Stage, records: Sequence[Record], system_prompt: str | None) -> Rows:
    """SafeDPO (arXiv 2505.20065): the reordering of `lawgiver.align.losses.safedpo`, done before training."""
    kept: list[Pair] = []
    left_out: Counter[str] = Counter()
    for pair in _flagged(stage, records):
        if not (pair.chosen_safe or pair.rejected_safe):
            left_out["both answers are unsafe"] += 1
        elif pair.chosen_safe:
            kept.append(pair)
        else:
            turned: dict[str, Any] = {
                "chosen": pair.rejected,
                "rejected": pair.chosen,
                "chosen_safe": True,
                "rejected_safe": False,
            }
            kept.append(replace(pair, **turned))
    margin_N = np.array([0.0 if pair.rejected_safe else stage.margin for pair in kept])
    return Rows(to_trl_pairs(kept, system_prompt=system_prompt), kept, margin_N, left_out)


def _ranked(stage: Stage, records: Sequence[Record], system_prompt: str | None) -> Rows:
    """BFPO (arXiv 2408.15313): pairs in the order of helpfulness, each with the target that its flags give."""
    pairs = _flagged(stage, records)
    if any(pair.objective == SAFE for pair in pairs):
        raise ConfigurationError(
            f"stage {stage.name}: bfpo wants pairs ranked by helpfulness, and data {stage.data!r} rank by safety; "
            "read them with objective: helpful"
        )
    flags = [torch.tensor([bool(flag) for flag in side]) for side in zip(*map(_flags, pairs), strict=True)]
    target_N = bfpo_targets(*flags, strength=stage.strength, shift=stage.shift) if pairs else torch.zeros(0)
    return Rows(to_trl_pairs(pairs, system_prompt=system_prompt), pairs, target_N=target_N.double().numpy())


def _labelled(stage: Stage, records: Sequence[Record], system_prompt: str | None) -> Rows:
    """One row an answer; a pair gives two, as SACPO does it: of `safe` by their flags, else as it is ranked."""
    answers: list[Labelled] = []
    for record in records:
        answers += [record] if isinstance(record, Labelled) else labels_of([record], by_flag=record.objective == SAFE)
    return Rows(to_trl_labelled(answers, system_prompt=system_prompt))


def _demonstrated(stage: Stage, records: Sequence[Record], system_prompt: str | None) -> Rows:
    """The preferred, or wanted, answers."""
    answers = [a for r in records for a in ([r] if isinstance(r, Labelled) else labels_of([r])) if a.desirable]
    rows = to_trl_labelled(answers, system_prompt=system_prompt)
    return Rows([{key: row[key] for key in ("prompt", "completion")} for row in rows])


def _pairs(stage: Stage, records: Sequence[Record]) -> list[Pair]:
    pairs = [record for record in records if isinstance(record, Pair)]
    if len(pairs) < len(records):
        raise ConfigurationError(
            f"stage {stage.name}: {stage.method} learns from pairs, and data {stage.data!r} has single answers; use kto"
        )
    return pairs


def _flagged(stage: Stage, records: Sequence[Record]) -> list[Pair]:
    pairs = _pairs(stage, records)
    if lacking := [pair for pair in pairs if None in _flags(pair)]:
        raise ConfigurationError(
            f"stage {stage.name}: {stage.method} wants both answers flagged safe or unsafe; "
            f"{lacking[0].id or 'a pair'} is not"
        )
    return pairs


def _flags(pair: Pair) -> tuple[bool | None, bool | None]:
    return pair.chosen_safe, pair.rejected_safe


_METHODS: dict[str, Callable[[Stage, Sequence[Record], str | None], Rows]] = {
    "dpo": _paired,
    "modpo": _paired,
    "can": _paired,
    "bfpo": _ranked,
    "safedpo": _safe_first,
    "kto": _labelled,
    "sft": _demonstrated,
}
