"""A conversation as the token ids a model was trained to see, with nothing in a message able to pose as a role."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from lawgiver.outcome import ConfigurationError

Conversation = Sequence[Mapping[str, str]]


def encode(tokenizer: PreTrainedTokenizerBase, conversation: Conversation) -> list[int]:
    """Token ids of a conversation in the model's chat format, up to where its answer begins.

    Text of a message that spells a control token, e.g. `<|im_end|>`, stays text: a user cannot close his own turn
    and open the system's.

    Raises:
        ConfigurationError: if the model has no chat template, or the template refuses the conversation.
    """
    controls = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
    if not any(control in message["content"] for message in conversation for control in controls):
        return _ids(tokenizer, _render(tokenizer, conversation))
    # render with stand-ins, then put each message's own tokens where its stand-in is
    salt = hashlib.sha256(json.dumps(list(map(dict, conversation))).encode()).hexdigest()
    stand_ins = [{**message, "content": f"[{salt}{index}]"} for index, message in enumerate(conversation)]
    parts = re.split(rf"\[{salt}(\d+)\]", _render(tokenizer, stand_ins))
    ids: list[int] = []
    for position, part in enumerate(parts):
        if position % 2:
            ids += _ids(tokenizer, conversation[int(part)]["content"], split_special_tokens=True)
        else:
            ids += _ids(tokenizer, part)
    return ids


def answer_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Token ids of an answer: text, even where it spells a control token."""
    return _ids(tokenizer, text, split_special_tokens=True)


def _render(tokenizer: PreTrainedTokenizerBase, conversation: Conversation) -> str:
    if tokenizer.chat_template is None:
        raise ConfigurationError(
            f"{tokenizer.name_or_path}: the tokenizer has no chat template; choose a model that was tuned for chat"
        )
    messages: list[dict[str, Any]] = [dict(message) for message in conversation]
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    except Exception as error:  # a template is a programme of the model's author: it raises what it likes
        roles = ", ".join(message["role"] for message in messages)
        raise ConfigurationError(f"the model's chat template refuses a conversation of {roles}: {error}") from None
    return str(text)


def _ids(tokenizer: PreTrainedTokenizerBase, text: str, **options: bool) -> list[int]:
    if not text:
        return []
    ids: list[int] = tokenizer(text, add_special_tokens=False, **options)["input_ids"]
    return ids
