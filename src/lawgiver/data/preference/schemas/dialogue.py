"""Two whole dialogues that share their beginning: what they share is the prompt, what follows are the answers."""

from __future__ import annotations

from lawgiver.data.preference.aside import Aside, Reason
from lawgiver.data.preference.fields import RowError, checked_prompt
from lawgiver.data.preference.record import Conversation


def parted(chosen: Conversation, rejected: Conversation, objective: str) -> tuple[Conversation, str, str] | Aside:
    """The shared prompt and the two last answers; set aside if the dialogues part earlier.

    Raises:
        RowError: if a dialogue does not end with the assistant, or nothing comes before its answer.
    """
    for key, dialogue in (("chosen", chosen), ("rejected", rejected)):
        if dialogue[-1]["role"] != "assistant":
            raise RowError(key, f"ends with a message of role {dialogue[-1]['role']}, not with an answer")
    prompt = checked_prompt(chosen[:-1], "chosen") if len(chosen) > 1 else None
    if prompt is None:
        raise RowError("chosen", "no prompt: nothing comes before the answer")
    if prompt != rejected[:-1]:
        return Aside(objective, Reason.SEVERAL_TURNS)
    return prompt, chosen[-1]["content"], rejected[-1]["content"]
