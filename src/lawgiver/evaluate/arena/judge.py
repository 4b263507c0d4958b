"""A language model compares two answers: blinded, in both orders, and what it said is kept.

The answers are called `first` and `second`, whoever gave them. Each pair is asked twice with their places exchanged,
and a preference for a place cancels. A comparison counts only if both askings have a verdict; a failure is no tie.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from lawgiver.data.files import read_text, sha256_bytes
from lawgiver.evidence.llm import judge_messages
from lawgiver.evidence.llm_cache import LLMCache, cache_key
from lawgiver.evidence.llm_client import ChatClient, EndpointError, LLMEndpoint
from lawgiver.evidence.llm_schema import ABSTAIN, AnswerError, FieldSpec, answer_schema, check_answer, parse_object
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Outcome, Value

SHIPPED = ("helpful", "harmless")
WORTH = {"first": 1.0, "tie": 0.5, "second": 0.0}
FIELDS = (
    FieldSpec(name="better", type="enum", values=tuple(WORTH), description="which answer is better by the rules"),
    FieldSpec(name=ABSTAIN, type="bool", description="true if the answers cannot be compared by the rules"),
)
_QUESTION = """
The exchange holds the messages of a conversation and two answers to the last of them, `first` and `second`. Say which
is better by these rules. In which order they stand means nothing.
"""


class Pair(NamedTuple):
    """Two answers to one prompt."""

    prompt: str
    mine: str
    theirs: str


class Asking(NamedTuple):
    """One order of one pair."""

    outcome: Outcome[float]
    """1 if `mine` is better, 0 if `theirs`, ½ for a tie, whatever the order."""
    raw: str | None
    """What the endpoint answered, as it came; None if nothing did, or nothing was asked."""


@dataclass(frozen=True)
class Rubric:
    """What answers are compared by."""

    name: str
    text: str

    @classmethod
    def read(cls, source: str) -> Rubric:
        """A rubric that ships, by name, or a file.

        Raises:
            ConfigurationError: if there is no such file, or it is empty.
        """
        if source in SHIPPED:
            text = resources.files(__package__).joinpath("rubrics", f"{source}.md").read_text(encoding="utf-8")
            return cls(source, text)
        if not Path(source).is_file():
            raise ConfigurationError(f"--judge {source}: no such file; give one, or {' or '.join(SHIPPED)}")
        text = read_text(Path(source))
        if not text.strip():
            raise ConfigurationError(f"--judge {source}: is empty; write by what answers are compared")
        return cls(Path(source).stem, text)

    @property
    def sha256(self) -> str:
        """Of all that the judge is told to go by."""
        return sha256_bytes(self.instructions.encode())

    @property
    def instructions(self) -> str:
        """The rubric and the question."""
        return f"{self.text.rstrip()}\n{_QUESTION}"


def compare_pairs(
    rubric: Rubric,
    endpoint: LLMEndpoint,
    pairs: Sequence[Pair],
    cache: LLMCache | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[tuple[Asking, Asking]]:
    """Ask about N pairs, each in both orders; two equal answers are a tie that nobody is asked about.

    Args:
        rubric: what to compare by.
        endpoint: where the model is.
        pairs: N pairs.
        cache: where what the endpoint said is kept, so that it is paid for once; failures are not.
        on_progress: told how many more askings are done.

    Returns:
        For each pair, `mine` asked about first and `mine` asked about second.
    """
    return asyncio.run(_compare(rubric, endpoint, pairs, cache, on_progress))


def verdict(askings: tuple[Asking, Asking]) -> float | None:
    """The mean of both orders; None unless both have a verdict."""
    values = [asking.outcome.value for asking in askings if isinstance(asking.outcome, Value)]
    return sum(values) / 2 if len(values) == 2 else None


async def _compare(
    rubric: Rubric,
    endpoint: LLMEndpoint,
    pairs: Sequence[Pair],
    cache: LLMCache | None,
    on_progress: Callable[[int], None],
) -> list[tuple[Asking, Asking]]:
    async with ChatClient(endpoint) as client:

        async def ask(pair: Pair, mine_first: bool) -> Asking:
            asking = Asking(Value(0.5), None)
            if pair.mine != pair.theirs:
                asking = await _ask(client, rubric, endpoint, pair, mine_first, cache)
            on_progress(1)
            return asking

        flat = await asyncio.gather(*(ask(pair, order) for pair in pairs for order in (True, False)))
    return list(zip(flat[::2], flat[1::2], strict=True))


async def _ask(
    client: ChatClient, rubric: Rubric, endpoint: LLMEndpoint, pair: Pair, mine_first: bool, cache: LLMCache | None
) -> Asking:
    first, second = (pair.mine, pair.theirs) if mine_first else (pair.theirs, pair.mine)
    document = {"messages": [{"role": "user", "content": pair.prompt}], "first": first, "second": second}
    schema = answer_schema(FIELDS)
    key = cache_key(
        rubric=rubric.instructions, schema=schema, model=endpoint.model, base_url=endpoint.base_url, document=document
    )
    kept: Any = await asyncio.to_thread(cache.get, key) if cache is not None else None
    raw = kept.get("raw") if isinstance(kept, dict) else None
    fresh = not isinstance(raw, str)
    try:
        if not isinstance(raw, str):
            raw = await client.ask(judge_messages(rubric.instructions, schema, document), schema)
        answer = check_answer(FIELDS, parse_object(raw))
    except (EndpointError, AnswerError) as error:
        return Asking(Failed(f"LLM judge: {error}"), raw if isinstance(raw, str) else None)
    if fresh and cache is not None:
        await asyncio.to_thread(cache.put, key, {"raw": raw})
    if answer[ABSTAIN]:
        return Asking(Abstained("the judge cannot tell"), raw)
    worth = WORTH[str(answer["better"])]
    return Asking(Value(worth if mine_first else 1 - worth), raw)
