"""A model behind an OpenAI-compatible endpoint as a guard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from lawgiver.data.exchange import Exchange
from lawgiver.data.files import sha256_bytes
from lawgiver.evidence.llm import FieldSpec, LLMEndpoint, LLMJudge
from lawgiver.evidence.llm_client import ChatClient, EndpointError
from lawgiver.guard.example import Example
from lawgiver.guard.rivals.prompt import filled
from lawgiver.guard.rivals.spec import EndpointSpec
from lawgiver.guard.scorer import GuardScore, readable, silent
from lawgiver.outcome import ConfigurationError, Failed, Outcome, Value

_FIELD = FieldSpec(name="unsafe", type="number", minimum=0, maximum=1)


@dataclass(frozen=True)
class EndpointGuard:
    """An endpoint with what it is asked; nothing is contacted before the first text."""

    spec: EndpointSpec
    endpoint: LLMEndpoint

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.spec.name or self.spec.model

    @property
    def version(self) -> str:
        """The model's name, and a hash of what it is asked."""
        asked = self.spec.rubric if self.spec.reply == "json" else self.spec.template
        return f"{self.spec.model} {sha256_bytes(asked.encode(errors='replace'))[:12]}"

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """One outcome for each text; whatever goes wrong at the endpoint is a failure of that text alone."""
        found: list[Outcome[GuardScore] | None] = [silent(example) for example in examples]
        asked = [example for example, outcome in zip(examples, found, strict=True) if outcome is None]
        answers = iter(self._judged(asked) if self.spec.reply == "json" else asyncio.run(self._words(asked)))
        return [next(answers) if outcome is None else outcome for outcome in found]

    def _judged(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        judge = LLMJudge(rubric=self.spec.rubric, fields=[_FIELD], endpoint=self.endpoint)
        outcomes = judge.score_batch([_exchange(example) for example in examples])
        return [
            Value(GuardScore(float(outcome.value["unsafe"]))) if isinstance(outcome, Value) else outcome
            for outcome in outcomes
        ]

    async def _words(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        async with ChatClient(self.endpoint) as client:
            return list(await asyncio.gather(*(self._word(client, example) for example in examples)))

    async def _word(self, client: ChatClient, example: Example) -> Outcome[GuardScore]:
        content = filled(self.spec.template, readable(example.scored))
        try:
            said = (await client.ask([{"role": "user", "content": content}], None)).strip().lower()
        except EndpointError as error:
            return Failed(str(error))
        # the longer first: one of the two may begin like the other
        for word, p in sorted(((self.spec.unsafe, 1.0), (self.spec.safe, 0.0)), key=lambda pair: -len(pair[0])):
            if said.startswith(word.strip().lower()):
                return Value(GuardScore(p))
        return Failed(f"the answer begins neither with {self.spec.unsafe!r} nor with {self.spec.safe!r}")


def open_endpoint(spec: EndpointSpec) -> EndpointGuard:
    """Set up an endpoint.

    Raises:
        ConfigurationError: for an address that is none, or a variable that cannot hold a key.
    """
    try:
        endpoint = LLMEndpoint(
            base_url=spec.base_url,
            model=spec.model,
            api_key_env=spec.api_key_env,
            timeout_s=spec.timeout_s,
            concurrency=spec.concurrency,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"{spec.name or spec.model}: {first['loc'][0]}: {first['msg']}") from None
    return EndpointGuard(spec, endpoint)


def _exchange(example: Example) -> Exchange:
    """As the judge is shown it: an answer alone has no message before it."""
    text = readable(example.text)
    if example.mode == "response":
        return Exchange((), text, {})
    return Exchange(({"role": "user", "content": text},), readable(example.response or ""), {})
