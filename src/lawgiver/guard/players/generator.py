"""The generator: a causal language model, here or behind an endpoint, that writes messages of a seed's label."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lawgiver.data.files import sha256_bytes
from lawgiver.data.preference.record import Conversation
from lawgiver.evidence.llm_client import ChatClient, EndpointError, LLMEndpoint
from lawgiver.guard.example import Example
from lawgiver.guard.lineage import Sample
from lawgiver.guard.players.filters import fault
from lawgiver.guard.players.prompts import prompt_of
from lawgiver.guard.players.settings import GameSettings, GeneratorSettings
from lawgiver.outcome import ConfigurationError

Write = Callable[[Sequence[Conversation]], list[str | None]]
"""Conversations → what the generator says to each; None where it could not be asked."""


@dataclass(frozen=True)
class Written:
    """What a generator came to."""

    samples: tuple[Sample, ...]
    prompts: dict[str, Conversation]
    """Seed and language → what was asked about it, by the `seed` of its samples."""
    dropped: Counter[str]
    """Texts by what is wrong with them."""


def written(seeds: Sequence[Example], write: Write, settings: GameSettings, iteration: int, name: str) -> Written:
    """Ask a generator about seeds, and keep what passes the filters.

    A sample's seed is named with the language that was asked for, since what a generator prefers in one language says
    nothing of another.

    Args:
        seeds: messages; answers and conversations are passed over.
        write: the generator.
        settings: with a generator.
        iteration: round of the game.
        name: of the generator, for the lineage.
    """
    assert settings.generator is not None
    own = settings.generator
    asked = [
        (seed, language, number)
        for seed in seeds
        if seed.mode == "prompt"
        for language in (own.languages or (seed.language,))
        for number in range(own.samples)
    ]
    prompts = {f"{seed.id}@{language}": prompt_of(seed, language) for seed, language, _ in asked}
    said = write([prompts[f"{seed.id}@{language}"] for seed, language, _ in asked])
    dropped: Counter[str] = Counter()
    samples: dict[tuple[str, str], Sample] = {}
    for (seed, language, number), text in zip(asked, said, strict=True):
        cleaned = None if text is None else _cleaned(text)
        wrong = "not asked" if cleaned is None else fault(cleaned, seed, language, settings.longer)
        if wrong is None and (f"{seed.id}@{language}", cleaned or "") in samples:
            wrong = "written before"
        if wrong is not None or cleaned is None:
            dropped[wrong or ""] += 1
            continue
        key = f"{seed.id}@{language}"
        example = seed.model_copy(
            update={
                "id": f"{key}+{iteration}.{number}",
                "text": cleaned,
                "language": language,
                # which of the seed's categories it kept, nobody looked
                "categories": {} if seed.unsafe else seed.categories,
            }
        )
        made_by = (f"generator:{name}",)
        samples[key, cleaned] = Sample(example=example, seed=key, made_by=made_by, iteration=iteration)
    return Written(tuple(samples.values()), prompts, dropped)


def _cleaned(text: str) -> str:
    """Without the quotation marks and the label that models put around what they were asked for."""
    line = text.strip()
    for label in ("Your message:", "Message:"):
        line = line.removeprefix(label).strip()
    for left, right in ('""', "''", "“”", "«»", "„“"):
        if len(line) > 2 and line.startswith(left) and line.endswith(right):
            line = line[1:-1].strip()
    return line


def local_writer(model: str, settings: GeneratorSettings, seed: int, on_progress: Callable[[int], None]) -> Write:
    """A generator that is loaded here.

    Raises:
        ConfigurationError: if there is no causal language model of that name.
        DownloadError: if it has to be fetched and cannot be.
    """
    from lawgiver.models.generate import generate
    from lawgiver.models.load import load

    loaded = load(model)

    def write(conversations: Sequence[Conversation]) -> list[str | None]:
        answers = generate(
            loaded,
            [[dict(message) for message in conversation] for conversation in conversations],
            max_new_tokens=settings.max_new_tokens,
            temperature=settings.temperature,
            seed=seed,
            on_progress=on_progress,
        )
        # one that was cut ends in the middle of a sentence
        return [
            answer.text.rpartition("\n")[0] or answer.text if answer.truncated else answer.text for answer in answers
        ]

    return write


def endpoint_writer(endpoint: LLMEndpoint, settings: GeneratorSettings, on_progress: Callable[[int], None]) -> Write:
    """A generator behind an OpenAI-compatible endpoint.

    One text that it does not answer is left out; if it answers none, that is an error.
    """

    async def one(client: ChatClient, conversation: Conversation) -> tuple[str | None, str]:
        try:
            return await client.ask(conversation, None, temperature=settings.temperature), ""
        except EndpointError as error:
            return None, str(error)
        finally:
            on_progress(1)

    async def all_of(conversations: Sequence[Conversation]) -> list[tuple[str | None, str]]:
        async with ChatClient(endpoint) as client:
            return list(await asyncio.gather(*(one(client, conversation) for conversation in conversations)))

    def write(conversations: Sequence[Conversation]) -> list[str | None]:
        answers = asyncio.run(all_of(conversations))
        if answers and all(text is None for text, _ in answers):
            raise ConfigurationError(f"generator: not one of {len(answers)} requests was answered: {answers[0][1]}")
        return [text for text, _ in answers]

    return write


def lineage_name(model: str) -> str:
    """What lineages call a generator: its name, or for a folder how its path ends, and a hash of the whole."""
    return model if len(model) <= 40 else f"…{model[-30:]} {sha256_bytes(model.encode())[:8]}"
