"""Batched decoding: conversations of like length together, answers in the order asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from lawgiver.models.load import LoadedModel
from lawgiver.models.prompt import Conversation, encode
from lawgiver.models.sampling import draw, uniforms
from lawgiver.outcome import ConfigurationError


class Completion(NamedTuple):
    """One decoded answer."""

    text: str
    tokens: int
    """Tokens of the answer, the end token included if it came."""
    truncated: bool
    """Whether it was cut at `max_new_tokens`."""
    ids: tuple[int, ...] = ()
    """The very tokens, the end token included if it came: text need not tokenise back into them."""


def generate(
    loaded: LoadedModel,
    conversations: Sequence[Conversation],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
    batch_size: int = 64,
    on_progress: Callable[[int], None] | None = None,
) -> list[Completion]:
    """Answer N conversations.

    Greedy answers depend on nothing but the conversation. Sampled ones depend on the conversation, the seed and how
    often the same conversation came before; not on the order, the batches or the other conversations. (A batch's
    padding moves logits by a rounding error, which can tip a token that was a near-tie.)

    Args:
        loaded: who answers.
        conversations: messages of `role` and `content`, the last one the user's.
        max_new_tokens: where an answer is cut, ≥ 1.
        temperature: ≥ 0; 0 decodes greedily.
        top_p: nucleus for sampling, in (0, 1].
        seed: for sampling, ≥ 0.
        batch_size: conversations decoded at once, ≥ 1.
        on_progress: told how many more are done.

    Returns:
        N completions, in the order given.

    Raises:
        ConfigurationError: if a prompt and its answer do not fit the model's context, or an argument its range.
    """
    _check(max_new_tokens, temperature, top_p, seed, batch_size)
    prompts = [encode(loaded.tokenizer, conversation) for conversation in conversations]
    limit = getattr(loaded.model.config, "max_position_embeddings", None)
    for index, prompt in enumerate(prompts):
        if limit and len(prompt) + max_new_tokens > limit:
            raise ConfigurationError(
                f"conversation {index} has {len(prompt)} tokens; with {max_new_tokens} new ones it does not fit the "
                f"model's {limit}; shorten it"
            )
    streams = _streams(prompts, seed, max_new_tokens) if temperature > 0 else None
    # longest first: the costliest batch comes first, so that time left is not underrated; and ties by content, so
    # that the batches are the same in whatever order the conversations come
    order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i]), prompts[i]))
    completions: dict[int, Completion] = {}
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        sampler = _Sampler([streams[i] for i in chosen], temperature, top_p) if streams else None
        batch = _decode(loaded, [prompts[i] for i in chosen], max_new_tokens, sampler)
        completions |= dict(zip(chosen, batch, strict=True))
        if on_progress:
            on_progress(len(chosen))
    return [completions[index] for index in range(len(prompts))]


class _Sampler(LogitsProcessor):
    """Leaves one token a row possible, drawn with the row's own random numbers; greedy decoding then takes it."""

    def __init__(self, streams: list[list[float]], temperature: float, top_p: float) -> None:
        self.uniforms_TB = torch.tensor(streams).T.contiguous()
        self.temperature = temperature
        self.top_p = top_p
        self.step = 0

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        token_B = draw(scores, self.uniforms_TB[self.step].to(scores.device), self.temperature, self.top_p)
        self.step += 1
        only_BV = torch.full_like(scores, float("-inf")).scatter_(1, token_B[:, None], 0.0)
        return only_BV  # type: ignore[return-value]


def _streams(prompts: list[list[int]], seed: int, count: int) -> list[list[float]]:
    seen: Counter[tuple[int, ...]] = Counter()
    streams: list[list[float]] = []
    for prompt in prompts:
        streams.append(uniforms(seed, prompt, seen[tuple(prompt)], count))
        seen[tuple(prompt)] += 1
    return streams


def _decode(
    loaded: LoadedModel, prompts: list[list[int]], max_new_tokens: int, sampler: _Sampler | None
) -> list[Completion]:
    tokenizer, model = loaded.tokenizer, loaded.model
    batch = tokenizer.pad({"input_ids": prompts}, padding_side="left", return_tensors="pt").to(model.device)
    ends = _ends(loaded)
    with torch.inference_mode():
        # everything a model's own generation settings might bring in is set here: what is asked for is what is done
        output = model.generate(  # type: ignore[operator]
            **batch,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            num_beams=1,
            eos_token_id=sorted(ends),
            pad_token_id=tokenizer.pad_token_id,
            logits_processor=LogitsProcessorList([sampler] if sampler else []),
        )
    answers = output[:, batch["input_ids"].shape[1] :].tolist()
    return [_completion(tokenizer, answer, ends) for answer in answers]


def _ends(loaded: LoadedModel) -> set[int]:
    """Tokens that end an answer: the model's, and the one its chat format closes a turn with."""
    named = loaded.model.generation_config.eos_token_id if loaded.model.generation_config else None
    ends = named if isinstance(named, list) else [named]
    return {end for end in [*ends, loaded.tokenizer.eos_token_id] if isinstance(end, int)}


def _completion(tokenizer: Any, answer: list[int], ends: set[int]) -> Completion:
    length = next((i for i, token in enumerate(answer) if token in ends), None)
    kept = answer if length is None else answer[: length + 1]
    return Completion(tokenizer.decode(kept, skip_special_tokens=True), len(kept), length is None, tuple(kept))


def _check(max_new_tokens: int, temperature: float, top_p: float, seed: int, batch_size: int) -> None:
    ranges = [
        ("max_new_tokens", max_new_tokens, "at least 1", max_new_tokens >= 1),
        ("temperature", temperature, "0 or more, and finite", 0 <= temperature < float("inf")),
        ("top_p", top_p, "above 0 and at most 1", 0 < top_p <= 1),
        ("seed", seed, "0 or more", seed >= 0),
        ("batch_size", batch_size, "at least 1", batch_size >= 1),
    ]
    for name, value, wanted, right in ranges:
        if not right:
            raise ConfigurationError(f"{name}: is {value}; it must be {wanted}")
