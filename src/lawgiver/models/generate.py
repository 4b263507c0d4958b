"""Batched decoding: conversations of like length together, answers in the order asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError


class Completion(NamedTuple):
    """One decoded answer."""

    text: str
    tokens: int
    """Tokens of the answer, the end token included if it came."""
    truncated: bool
    """Whether it was cut at `max_new_tokens`."""


def generate(
    loaded: LoadedModel,
    conversations: Sequence[list[dict[str, str]]],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
    batch_size: int = 32,
    on_progress: Callable[[int], None] | None = None,
) -> list[Completion]:
    """Answer N conversations.

    Args:
        loaded: who answers.
        conversations: messages of `role` and `content`, the last one the user's.
        max_new_tokens: where an answer is cut.
        temperature: 0 decodes greedily.
        top_p: nucleus for sampling.
        seed: for sampling; the same seed and list give the same answers.
        batch_size: conversations decoded at once.
        on_progress: told how many more are done.

    Returns:
        N completions, in the order given.

    Raises:
        ConfigurationError: if a prompt and its answer do not fit the model's context.
    """
    prompts = [_tokens(loaded, conversation) for conversation in conversations]
    limit = getattr(loaded.model.config, "max_position_embeddings", None)
    for index, prompt in enumerate(prompts):
        if limit and len(prompt) + max_new_tokens > limit:
            raise ConfigurationError(
                f"conversation {index} has {len(prompt)} tokens; with {max_new_tokens} new ones it does not fit the "
                f"model's {limit}; shorten it"
            )
    # longest first: the costliest batch comes first, so that time left is not underrated
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
    completions: dict[int, Completion] = {}
    generator_state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            batch = _decode(loaded, [prompts[i] for i in chosen], max_new_tokens, temperature, top_p)
            completions |= dict(zip(chosen, batch, strict=True))
            if on_progress:
                on_progress(len(chosen))
    finally:
        torch.random.set_rng_state(generator_state)
    return [completions[index] for index in range(len(prompts))]


def _tokens(loaded: LoadedModel, conversation: list[dict[str, str]]) -> list[int]:
    # tokenised as text: ids from the template and the trainer's ids then agree
    text = loaded.tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _decode(
    loaded: LoadedModel, prompts: list[list[int]], max_new_tokens: int, temperature: float, top_p: float
) -> list[Completion]:
    tokenizer, model = loaded.tokenizer, loaded.model
    batch = tokenizer.pad({"input_ids": prompts}, padding_side="left", return_tensors="pt").to(model.device)
    sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if temperature > 0:
        sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
    with torch.inference_mode():
        output = model.generate(**batch, max_new_tokens=max_new_tokens, pad_token_id=tokenizer.pad_token_id, **sampling)
    ends = model.generation_config.eos_token_id
    ends = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
    answers = output[:, batch["input_ids"].shape[1] :].tolist()
    return [_completion(tokenizer, answer, ends) for answer in answers]


def _completion(tokenizer: Any, answer: list[int], ends: set[int]) -> Completion:
    length = next((i for i, token in enumerate(answer) if token in ends), None)
    kept = answer if length is None else answer[: length + 1]
    return Completion(tokenizer.decode(kept, skip_special_tokens=True), len(kept), length is None)
