"""How likely a model finds given answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from lawgiver.models.load import LoadedModel
from lawgiver.models.prompt import Conversation, answer_ids, encode
from lawgiver.outcome import ConfigurationError


class Score(NamedTuple):
    """Log-probability of one answer."""

    total: float
    """Sum over its tokens, in nats; 0 for an answer without tokens."""
    logprobs: tuple[float, ...]
    """Of each of its T tokens, in nats, ≤ 0."""
    tokens: tuple[int, ...]
    """Their T ids."""


def score(
    loaded: LoadedModel,
    conversations: Sequence[Conversation],
    completions: Sequence[str],
    *,
    end: bool = True,
    max_length: int | None = None,
    batch_size: int = 16,
    on_progress: Callable[[int], None] | None = None,
) -> list[Score]:
    """Log-probabilities of N answers to N conversations, at temperature 1.

    Args:
        loaded: by whose lights.
        conversations: messages of `role` and `content`, the last one the user's.
        completions: one answer each.
        end: whether the token that ends the answer counts as part of it.
        max_length: tokens of prompt and answer together; what of an answer is past it is left out, as training does.
        batch_size: answers scored at once.
        on_progress: told how many more are done.

    Returns:
        N scores, in the order given.

    Raises:
        ConfigurationError: if a prompt and its answer do not fit the model's context, or the numbers differ.
    """
    if len(conversations) != len(completions):
        raise ConfigurationError(f"{len(completions)} completions for {len(conversations)} conversations; one each")
    tokenizer = loaded.tokenizer
    tail = [tokenizer.eos_token_id] if end else []
    prompts = [encode(tokenizer, conversation) for conversation in conversations]
    answers = [answer_ids(tokenizer, text) + tail for text in completions]
    if max_length is not None:
        answers = [a[: max(max_length - len(p), 0)] for p, a in zip(prompts, answers, strict=True)]
    limit = getattr(loaded.model.config, "max_position_embeddings", None)
    for index, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        if limit and len(prompt) + len(answer) > limit:
            raise ConfigurationError(
                f"conversation {index}: prompt and answer have {len(prompt) + len(answer)} tokens, the model's limit "
                f"is {limit}; shorten one"
            )
    # answers of like length together: the vocabulary is computed for the longest of a batch
    order = sorted(range(len(prompts)), key=lambda i: (len(answers[i]), len(prompts[i])), reverse=True)
    scores: dict[int, Score] = {}
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        batch = _score(loaded, [prompts[i] for i in chosen], [answers[i] for i in chosen])
        scores |= dict(zip(chosen, batch, strict=True))
        if on_progress:
            on_progress(len(chosen))
    return [scores[index] for index in range(len(prompts))]


def _score(loaded: LoadedModel, prompts: list[list[int]], answers: list[list[int]]) -> list[Score]:
    longest = max(map(len, answers))
    if longest == 0:
        return [Score(0.0, (), ()) for _ in answers]
    rows = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
    batch = loaded.tokenizer.pad({"input_ids": rows}, padding_side="left", return_tensors="pt").to(loaded.model.device)
    ids_BT, mask_BT = batch["input_ids"], batch["attention_mask"]
    positions_BT = (mask_BT.cumsum(1) - 1).clamp(min=0)
    with torch.inference_mode():
        # the logits before a token predict it, so one more column than the longest answer
        logits_BSV = loaded.model(
            input_ids=ids_BT, attention_mask=mask_BT, position_ids=positions_BT, logits_to_keep=longest + 1
        ).logits[:, :-1]
        answered_BS = ids_BT[:, -longest:]
        # row by row in fp32: of the whole batch it would be the largest tensor by far
        logprobs = [
            -torch.nn.functional.cross_entropy(logits_SV.float(), answered_S, reduction="none")
            for logits_SV, answered_S in zip(logits_BSV, answered_BS, strict=True)
        ]
    return [
        _summed(row[longest - len(answer) :].tolist(), answer) for row, answer in zip(logprobs, answers, strict=True)
    ]


def _summed(logprobs: list[float], answer: list[int]) -> Score:
    return Score(sum(logprobs), tuple(logprobs), tuple(answer))
