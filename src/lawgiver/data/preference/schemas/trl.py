"""The rows that TRL's trainers take: pairs with the prompt stated or implied, answers with a label.

A prompt is a text or a list of messages; an answer is a text, a message, or a list of messages. Common relatives
are read as well: answers that repeat the prompt, and `score_chosen` with `score_rejected`, which give the margin.
"""

from __future__ import annotations

from typing import Any

from lawgiver.data.preference.aside import Aside
from lawgiver.data.preference.fields import (
    Row,
    RowError,
    flag_of,
    message_of,
    messages_of,
    name_of,
    number_of,
    prompt_of,
    text_of,
)
from lawgiver.data.preference.record import Conversation, Labelled, Pair, Record
from lawgiver.data.preference.schemas.base import Schema, has, made_group, made_id
from lawgiver.data.preference.schemas.dialogue import parted


def read_explicit(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair whose prompt is a column."""
    assert objective is not None  # the schema speaks of none, so the loader has asked
    prompt = prompt_of(row.get("prompt"), "prompt")
    if any(_is_dialogue(row.get(key)) for key in ("chosen", "rejected")):
        chosen, rejected = (_whole(prompt, row.get(key), key) for key in ("chosen", "rejected"))
        return _from_dialogues(row, objective, chosen, rejected)
    return [pair_of(row, objective, "trl", prompt, answer_of(row, "chosen"), answer_of(row, "rejected"))]


def read_implicit(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair whose prompt is what both columns begin with."""
    assert objective is not None
    chosen, rejected = row.get("chosen"), row.get("rejected")
    if isinstance(chosen, str) and isinstance(rejected, str):
        prompt, *answers = _parted_texts(text_of(chosen, "chosen"), text_of(rejected, "rejected"))
        if not prompt:
            raise RowError("prompt", "no prompt: the two texts have no beginning in common")
        return [pair_of(row, objective, "trl", prompt_of(prompt, "chosen"), *answers)]
    return _from_dialogues(row, objective, messages_of(chosen, "chosen"), messages_of(rejected, "rejected"))


def read_labelled(row: Row, objective: str | None) -> list[Record | Aside]:
    """One answer and its label."""
    prompt = prompt_of(row.get("prompt"), "prompt")
    return [labelled_of(row, objective, "trl_labelled", prompt, answer_of(row, "completion"), "label")]


def read_messages(row: Row, objective: str | None) -> list[Record | Aside]:
    """One dialogue whose last answer is labelled."""
    *before, last = messages_of(row.get("messages"), "messages")
    if last["role"] != "assistant":
        raise RowError("messages", f"ends with a message of role {last['role']}, not with an answer")
    if not before:
        raise RowError("messages", "no prompt: nothing comes before the answer")
    prompt = prompt_of(before, "messages", system=row.get("system"))
    return [labelled_of(row, objective, "messages", prompt, last["content"], "label")]


def pair_of(row: Row, objective: str, name: str, prompt: Conversation, chosen: str, rejected: str) -> Pair:
    """A pair with what the row says besides: id, group, margin, flags."""
    scores = [number_of(row, "score_chosen"), number_of(row, "score_rejected")]
    margin = number_of(row, "margin")
    if margin is None and scores[0] is not None and scores[1] is not None:
        margin = scores[0] - scores[1]
    return Pair(
        objective=objective,
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        id=name_of(row, "id") or made_id(name, prompt, chosen, rejected),
        group=made_group(name_of(row, "group"), prompt),
        chosen_safe=flag_of(row, "chosen_safe"),
        rejected_safe=flag_of(row, "rejected_safe"),
        margin=None if margin is None else max(0.0, margin),
    )


def labelled_of(row: Row, objective: str | None, name: str, prompt: Conversation, answer: str, key: str) -> Labelled:
    """A labelled answer; `key` names the column of its label."""
    assert objective is not None
    desirable = flag_of(row, key)
    if desirable is None:
        raise RowError(key, "true or false is wanted")
    return Labelled(
        objective=objective,
        prompt=prompt,
        completion=answer,
        desirable=desirable,
        id=name_of(row, "id") or made_id(name, prompt, answer),
        group=made_group(name_of(row, "group"), prompt),
        safe=flag_of(row, "safe"),
    )


def answer_of(row: Row, key: str) -> str:
    """An answer given as a text, a message, or a list of one message.

    Raises:
        RowError: if it is none of them, or the assistant does not say it.
    """
    value: Any = row.get(key)
    if isinstance(value, str):
        return text_of(value, key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    message = message_of(value, key)
    if message["role"] != "assistant":
        raise RowError(key, f"has the role {message['role']}; an answer is the assistant's")
    return message["content"]


def _from_dialogues(row: Row, objective: str, chosen: Conversation, rejected: Conversation) -> list[Record | Aside]:
    match parted(chosen, rejected, objective):
        case Aside() as aside:
            return [aside]
        case shared, better, worse:
            return [pair_of(row, objective, "trl", shared, better, worse)]


def _whole(prompt: Conversation, value: Any, key: str) -> Conversation:
    """The dialogue that a column of messages stands for: some repeat the prompt, some go on from it."""
    if isinstance(value, str):
        return (*prompt, {"role": "assistant", "content": text_of(value, key)})
    messages = messages_of(value, key)
    return (*prompt, *messages) if messages[0]["role"] == "assistant" else messages


def _is_dialogue(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def _parted_texts(chosen: str, rejected: str) -> tuple[str, str, str]:
    """What two texts begin with in common, up to the end of a word, and what is left of each."""
    shared = next((i for i, (a, b) in enumerate(zip(chosen, rejected, strict=False)) if a != b), None)
    if shared is None:
        shared = min(len(chosen), len(rejected))
    # back to the last blank at which both still agree: no answer begins within a word
    while shared and not chosen[shared - 1].isspace():
        shared -= 1
    return chosen[:shared].strip(), chosen[shared:].strip(), rejected[shared:].strip()


EXPLICIT = Schema("trl", lambda row: has(row, "prompt", "chosen", "rejected"), read_explicit)
IMPLICIT = Schema("trl_implicit", lambda row: has(row, "chosen", "rejected"), read_implicit)
LABELLED = Schema("trl_labelled", lambda row: has(row, "prompt", "completion", "label"), read_labelled)
MESSAGES = Schema("messages", lambda row: has(row, "messages", "label"), read_messages)
