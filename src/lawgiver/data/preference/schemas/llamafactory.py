"""LLaMA-Factory's layouts: ShareGPT conversations with two answers or a tag, Alpaca instructions with two answers."""

from __future__ import annotations

from typing import Any

from lawgiver.data.preference.aside import Aside
from lawgiver.data.preference.fields import Row, RowError, messages_of, prompt_of, text_of
from lawgiver.data.preference.record import Conversation, Message, Record
from lawgiver.data.preference.schemas.base import Schema, has
from lawgiver.data.preference.schemas.trl import answer_of, labelled_of, pair_of


def read_pairs(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair from `conversations`, `chosen` and `rejected`."""
    assert objective is not None  # the schema speaks of none, so the loader has asked
    prompt = prompt_of(
        messages_of(row.get("conversations"), "conversations"), "conversations", system=row.get("system")
    )
    return [pair_of(row, objective, "llamafactory", prompt, answer_of(row, "chosen"), answer_of(row, "rejected"))]


def read_labelled(row: Row, objective: str | None) -> list[Record | Aside]:
    """One answer: the last of `conversations`, with its `kto_tag`."""
    *before, last = messages_of(row.get("conversations"), "conversations")
    if last["role"] != "assistant" or not before:
        raise RowError("conversations", "a prompt and then an answer of the assistant are wanted")
    prompt = prompt_of(before, "conversations", system=row.get("system"))
    return [labelled_of(row, objective, "llamafactory_kto", prompt, last["content"], "kto_tag")]


def read_alpaca(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair from `instruction`, with `input`, `system` and `history` where there are any."""
    assert objective is not None
    asked = text_of(row.get("instruction"), "instruction")
    if row.get("input") is not None and (given := text_of(row["input"], "input")):
        asked = f"{asked}\n{given}"
    messages = [*_history(row.get("history")), {"role": "user", "content": asked}]
    prompt = prompt_of(messages, "instruction", system=row.get("system"))
    return [pair_of(row, objective, "alpaca", prompt, answer_of(row, "chosen"), answer_of(row, "rejected"))]


def _history(turns: Any) -> Conversation:
    """Earlier rounds: a list of question and answer."""
    if turns is None:
        return ()
    if not isinstance(turns, list) or not all(isinstance(turn, list) and len(turn) == 2 for turn in turns):
        raise RowError("history", "a list of [question, answer] is wanted")
    messages: list[Message] = []
    for number, (question, answer) in enumerate(turns):
        messages.append({"role": "user", "content": text_of(question, f"history.{number}.0")})
        messages.append({"role": "assistant", "content": text_of(answer, f"history.{number}.1")})
    return tuple(messages)


PAIRS = Schema("llamafactory", lambda row: has(row, "conversations", "chosen", "rejected"), read_pairs)
LABELLED = Schema("llamafactory_kto", lambda row: has(row, "conversations", "kto_tag"), read_labelled)
ALPACA = Schema("alpaca", lambda row: has(row, "instruction", "chosen", "rejected"), read_alpaca)
