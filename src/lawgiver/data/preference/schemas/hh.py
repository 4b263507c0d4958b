r"""HH-RLHF (arXiv 2204.05862): `chosen` and `rejected`, whole dialogues as one text.

A turn begins with a blank line and "Human:" or "Assistant:". A speaker who takes two turns running is heard once.
"""

from __future__ import annotations

import re

from lawgiver.data.preference.aside import Aside
from lawgiver.data.preference.fields import MAX_MESSAGES, Row, RowError, name_of, text_of
from lawgiver.data.preference.record import Conversation, Message, Pair, Record
from lawgiver.data.preference.schemas.base import Schema, has, made_group, made_id
from lawgiver.data.preference.schemas.dialogue import parted

# the blank line may have lost its first break to stripping, and an empty last turn its blank after the colon
_TURN = re.compile(r"(?:\A|\n\n)(Human|Assistant):(?=\s|\Z)")
_ROLES = {"Human": "user", "Assistant": "assistant"}


def read(row: Row, objective: str | None) -> list[Record | Aside]:
    """One pair; the part that both dialogues share is its prompt."""
    assert objective is not None  # the schema speaks of none, so the loader has asked
    dialogues = [dialogue_of(text_of(row.get(key), key), key) for key in ("chosen", "rejected")]
    match parted(dialogues[0], dialogues[1], objective):
        case Aside() as aside:
            return [aside]
        case prompt, chosen, rejected:
            return [
                Pair(
                    objective=objective,
                    prompt=prompt,
                    chosen=chosen,
                    rejected=rejected,
                    id=name_of(row, "id") or made_id("hh", prompt, chosen, rejected),
                    group=made_group(name_of(row, "group"), prompt),
                )
            ]


def dialogue_of(text: str, key: str) -> Conversation:
    """The turns of a dialogue, each with its white space trimmed.

    Raises:
        RowError: if it does not begin with a turn, or has too many.
    """
    parts = _TURN.split(text)
    if parts[0].strip() or len(parts) < 3:
        raise RowError(key, "does not begin with 'Human:' or 'Assistant:'")
    if len(parts) > 2 * MAX_MESSAGES:
        raise RowError(key, f"more than {MAX_MESSAGES} turns")
    turns: list[Message] = []
    for speaker, said in zip(parts[1::2], parts[2::2], strict=True):
        role, content = _ROLES[speaker], said.strip()
        if turns and turns[-1]["role"] == role:
            content = "\n\n".join(part for part in (turns.pop()["content"], content) if part)
        turns.append({"role": role, "content": content})
    return tuple(turns)


def _fits(row: Row) -> bool:
    return (
        has(row, "chosen", "rejected")
        and not has(row, "prompt")
        and all(isinstance(row[key], str) and _TURN.match(row[key].lstrip()) for key in ("chosen", "rejected"))
    )


SCHEMA = Schema("hh", _fits, read)
