"""Records in the form of TRL's trainers, and pairs as labelled answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lawgiver.data.preference.record import Labelled, Message, Pair


def to_trl_pairs(pairs: Iterable[Pair], *, system_prompt: str | None = None) -> list[dict[str, Any]]:
    """Rows of `prompt`, `chosen` and `rejected`, each a list of messages, for DPO and its relatives.

    Args:
        pairs: N pairs.
        system_prompt: goes in front of the prompts that have none of their own.
    """
    return [
        {
            "prompt": _prompt(pair.prompt, system_prompt),
            "chosen": _answer(pair.chosen),
            "rejected": _answer(pair.rejected),
        }
        for pair in pairs
    ]


def to_trl_labelled(labelled: Iterable[Labelled], *, system_prompt: str | None = None) -> list[dict[str, Any]]:
    """Rows of `prompt` and `completion`, each a list of messages, and `label`, for KTO.

    Args:
        labelled: N labelled answers.
        system_prompt: goes in front of the prompts that have none of their own.
    """
    return [
        {
            "prompt": _prompt(record.prompt, system_prompt),
            "completion": _answer(record.completion),
            "label": record.desirable,
        }
        for record in labelled
    ]


def labels_of(pairs: Iterable[Pair], *, by_flag: bool = False) -> list[Labelled]:
    """Two labelled answers of each pair.

    Args:
        pairs: N pairs.
        by_flag: label each answer by whether it is flagged safe, and leave out those without a flag, so that a
            pair of two unsafe answers gives two undesirable ones. Otherwise the chosen answer is the desirable one.

    Returns:
        At most 2N, in order. One answer may come with both labels, as the middle one of three that are ranked does;
        `consistent` takes these out.
    """
    found: list[Labelled] = []
    for pair in pairs:
        for answer, flag, preferred in (
            (pair.chosen, pair.chosen_safe, True),
            (pair.rejected, pair.rejected_safe, False),
        ):
            desirable = flag if by_flag else preferred
            if desirable is not None:
                found.append(
                    Labelled(
                        objective=pair.objective,
                        prompt=pair.prompt,
                        completion=answer,
                        desirable=desirable,
                        id=pair.id,
                        group=pair.group,
                        safe=flag,
                    )
                )
    return found


def _prompt(prompt: Sequence[Message], system_prompt: str | None) -> list[dict[str, str]]:
    messages = [{"role": message["role"], "content": message["content"]} for message in prompt]
    if system_prompt and not any(message["role"] == "system" for message in messages):
        messages.insert(0, {"role": "system", "content": system_prompt})
    return messages


def _answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
