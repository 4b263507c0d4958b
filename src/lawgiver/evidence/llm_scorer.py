"""The LLM judge as a scorer: one rubric, the fields that a charter declares for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lawgiver.data import Exchange, sha256_bytes
from lawgiver.evidence.base import FieldScore
from lawgiver.evidence.llm import FieldSpec, LLMCache, LLMEndpoint, LLMJudge
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Outcome, Value

URL, MODEL, KEY = "LAWGIVER_JUDGE_URL", "LAWGIVER_JUDGE_MODEL", "LAWGIVER_JUDGE_KEY"

ABSTAIN = FieldSpec(name="abstain", type="bool", description="true if the exchange cannot be judged by the rubric")


@dataclass(frozen=True)
class LLMScorer:
    """Asks one rubric of every exchange; abstains where no endpoint is configured."""

    judge: LLMJudge

    @property
    def name(self) -> str:
        """`llm`."""
        return "llm"

    @cached_property
    def version(self) -> str:
        """The model, and the hash of the rubric and its fields."""
        fields = "\n".join(field.model_dump_json() for field in self.judge.fields)
        model = self.judge.endpoint.model if self.judge.endpoint else "none"
        return f"{model}-{sha256_bytes((self.judge.rubric + fields).encode())[:12]}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The declared fields."""
        return tuple(field.name for field in self.judge.fields if field != ABSTAIN)

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """One call per distinct exchange; an abstention or failure holds for all fields of its exchange."""
        return [self._spread(outcome) for outcome in self.judge.score_batch(exchanges)]

    def _spread(self, outcome: Outcome[dict[str, bool | str | float]]) -> dict[str, FieldScore]:
        scores: dict[str, FieldScore] = {}
        for field in self.fields:
            each: Outcome[bool | str | float]
            match outcome:
                case Value(answer):
                    each = Value(answer[field])
                case Abstained() | Failed():
                    each = outcome
            scores[field] = FieldScore(each, self.name, self.version)
        return scores


def endpoint_from_environment() -> LLMEndpoint | None:
    """The endpoint named by `LAWGIVER_JUDGE_URL` and `LAWGIVER_JUDGE_MODEL`; None if neither is set.

    A key, if the endpoint wants one, is read from `LAWGIVER_JUDGE_KEY`.

    Raises:
        ConfigurationError: if only one of the two is set, or the address is no good.
    """
    url, model = os.environ.get(URL), os.environ.get(MODEL)
    if not url and not model:
        return None
    if not url or not model:
        raise ConfigurationError(f"{URL} and {MODEL} belong together; set both, or neither to do without a judge")
    try:
        return LLMEndpoint(base_url=url, model=model, api_key_env=KEY if os.environ.get(KEY) else None)
    except ValueError as error:
        raise ConfigurationError(f"{URL}: {error}") from None


def llm_scorer(rubric: str, fields: Sequence[FieldSpec], cache: Path) -> LLMScorer:
    """A scorer for one rubric, answers kept under `cache`."""
    judge = LLMJudge(
        rubric=rubric,
        fields=[
            *fields,
            FieldSpec(name="abstain", type="bool", description="true if the exchange cannot be judged by the rubric"),
        ],
        endpoint=endpoint_from_environment(),
        cache=LLMCache(cache),
        context_keys=("answer_part",),
    )
    return LLMScorer(judge)
