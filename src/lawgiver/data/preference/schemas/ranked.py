"""Pairs cut from ranked replies, as from OpenAssistant (arXiv 2304.07327), with ranks, 0 the best, and their tree."""

from __future__ import annotations

from dataclasses import replace

from lawgiver.data.preference.aside import Aside, Reason
from lawgiver.data.preference.fields import Row, RowError, name_of, number_of, prompt_of
from lawgiver.data.preference.record import Record
from lawgiver.data.preference.schemas.base import Schema, has
from lawgiver.data.preference.schemas.trl import answer_of, pair_of


def read(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair; its margin is the distance of the ranks, its group the tree."""
    assert objective is not None  # the schema speaks of none, so the loader has asked
    better, worse = number_of(row, "rank_chosen"), number_of(row, "rank_rejected")
    if better is None or worse is None:
        raise RowError("rank_chosen / rank_rejected", "a number is wanted under both")
    if better == worse:
        return [Aside(objective, Reason.NO_PREFERENCE)]
    if better > worse:
        raise RowError("rank_chosen", f"{better:g} is worse than rank_rejected ({worse:g}); 0 is the best rank")
    prompt = prompt_of(row.get("prompt"), "prompt")
    pair = pair_of(row, objective, "ranked", prompt, answer_of(row, "chosen"), answer_of(row, "rejected"))
    group = name_of(row, "tree") or pair.group
    ranks = {"rank_chosen": better, "rank_rejected": worse}
    return [replace(pair, group=group, margin=worse - better, meta=ranks)]


SCHEMA = Schema("ranked", lambda row: has(row, "prompt", "chosen", "rejected", "rank_chosen", "rank_rejected"), read)
