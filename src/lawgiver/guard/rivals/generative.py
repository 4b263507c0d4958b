"""A causal language model as a guard: how likely it finds the answer that means unsafe, against the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lawgiver.guard.example import Example
from lawgiver.guard.rivals.prompt import filled
from lawgiver.guard.rivals.spec import GenerativeSpec
from lawgiver.guard.scorer import GuardScore, readable, silent
from lawgiver.models.load import LoadedModel, load
from lawgiver.models.prompt import answer_ids, encode
from lawgiver.models.score import score
from lawgiver.outcome import Abstained, Outcome, Value


@dataclass(frozen=True)
class Generative:
    """A loaded model with what it is asked."""

    spec: GenerativeSpec
    loaded: LoadedModel
    version: str

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.spec.name or self.spec.model

    def score(self, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
        """The share of the unsafe answer in the probability of both; an abstention where a text is too long."""
        found: list[Outcome[GuardScore]] = []
        asked: list[list[dict[str, str]]] = []
        places: list[int] = []
        for example in examples:
            conversation = [{"role": "user", "content": filled(self.spec.template, readable(example.scored))}]
            outcome = silent(example) or self._too_long(conversation)
            found.append(outcome or Abstained("not scored"))
            if outcome is None:
                places.append(len(found) - 1)
                asked.append(conversation)
        answers = [self.spec.unsafe, self.spec.safe]
        twice = [conversation for conversation in asked for _ in answers]
        scores = score(self.loaded, twice, answers * len(asked), end=False, batch_size=self.spec.batch_size)
        for place, unsafe, safe in zip(places, scores[0::2], scores[1::2], strict=True):
            found[place] = Value(GuardScore(1 / (1 + math.exp(min(safe.total - unsafe.total, 700.0)))))
        return found

    def _too_long(self, conversation: list[dict[str, str]]) -> Abstained | None:
        tokenizer = self.loaded.tokenizer
        limit = getattr(self.loaded.model.config, "max_position_embeddings", None)
        longest = max(len(answer_ids(tokenizer, answer)) for answer in (self.spec.unsafe, self.spec.safe))
        length = len(encode(tokenizer, conversation)) + longest
        return Abstained(f"{length} tokens, the model's limit is {limit}") if limit and length > limit else None


def open_generative(spec: GenerativeSpec) -> Generative:
    """Load a causal language model.

    Raises:
        ConfigurationError: if the folder holds no model.
        DownloadError: if it has to be fetched and cannot be.
    """
    loaded = load(spec.model)
    return Generative(spec, loaded, loaded.resolved.fingerprint() if loaded.resolved else "")
