"""Take the parts of a row out of it, or say which key is wrong. Rows are hostile: typed, capped, never trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lawgiver.data.preference.record import Conversation, Message

Row: TypeAlias = Mapping[str, Any]

MAX_CHARACTERS = 1_000_000
"""The longest text of a row; what is longer is no answer but a file."""
MAX_MESSAGES = 1_000

ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "tool": "tool",
}


class RowError(ValueError):
    """A row is malformed; the reader of the file adds where."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


def text_of(value: Any, key: str) -> str:
    """A text without white space at its ends; it may be empty.

    Raises:
        RowError: if it is no text, too long, or holds half of a surrogate pair, which no tokenizer takes.
    """
    if not isinstance(value, str):
        raise RowError(key, f"a text is wanted, not {_kind(value)}")
    if len(value) > MAX_CHARACTERS:
        raise RowError(key, f"{len(value)} characters; at most {MAX_CHARACTERS} are read")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RowError(key, "holds half of a surrogate pair, which is no character; save the text as UTF-8") from None
    return value.strip()


def prompt_of(value: Any, key: str, *, system: Any = None) -> Conversation:
    """A prompt given as a text or as messages, a system message in front if one is given.

    Raises:
        RowError: if it is neither, is blank, or ends with the assistant.
    """
    messages: Conversation
    if isinstance(value, str):
        messages = ({"role": "user", "content": text_of(value, key)},)
    else:
        messages = messages_of(value, key)
    if system is not None and (instruction := text_of(system, "system")):
        messages = ({"role": "system", "content": instruction}, *messages)
    return checked_prompt(messages, key)


def checked_prompt(messages: Conversation, key: str) -> Conversation:
    """Return a prompt.

    Raises:
        RowError: if there is nothing in it to answer.
    """
    if not any(message["role"] == "user" and message["content"] for message in messages):
        raise RowError(key, "no prompt: nothing that a user says")
    if messages[-1]["role"] in ("assistant", "system"):
        raise RowError(key, f"ends with a message of role {messages[-1]['role']}; it must end with what is answered")
    return messages


def messages_of(value: Any, key: str) -> Conversation:
    """Messages of `role` and `content`, or of `from` and `value`.

    Raises:
        RowError: if they are not that, or a role is unknown.
    """
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise RowError(key, f"a text or a list of messages is wanted, not {_kind(value)}")
    if not 0 < len(value) <= MAX_MESSAGES:
        raise RowError(key, f"{len(value)} messages; give 1 to {MAX_MESSAGES}")
    return tuple(message_of(message, f"{key}.{number}") for number, message in enumerate(value))


def message_of(value: Any, key: str) -> Message:
    """One message; content in parts is taken if all of them are text.

    Raises:
        RowError: as `messages_of`.
    """
    if not isinstance(value, Mapping):
        raise RowError(key, f"a message with role and content is wanted, not {_kind(value)}")
    named, content_key = ("role", "content") if value.get("role") is not None else ("from", "value")
    role = value.get(named)
    if not isinstance(role, str) or role not in ROLES:
        raise RowError(f"{key}.{named}", f"{str(role)[:40]!r} is no role; known are {', '.join(ROLES)}")
    content = value.get(content_key)
    if isinstance(content, list):
        content = "\n".join(_part(part, f"{key}.{content_key}") for part in content)
    return {"role": ROLES[role], "content": text_of(content, f"{key}.{content_key}")}


def flag_of(row: Row, key: str) -> bool | None:
    """A truth value, also as 0 or 1; None if the row has none.

    Raises:
        RowError: if it is anything else.
    """
    value = row.get(key)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise RowError(key, f"true or false is wanted, not {str(value)[:40]!r}")


def number_of(row: Row, key: str) -> float | None:
    """A finite number; None if the row has none.

    Raises:
        RowError: if it is anything else.
    """
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(key, f"a number is wanted, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RowError(key, "the number is not finite")
    return number


def name_of(row: Row, key: str) -> str:
    """An id, as text; empty if the row has none."""
    value = row.get(key)
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError(key, f"a name is wanted, not {_kind(value)}")
    return text_of(str(value), key)[:200]


def _part(part: Any, key: str) -> str:
    if isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise RowError(key, "holds a part that is not text; this reads conversations in text alone")


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
