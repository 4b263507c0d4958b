"""A policy answers every scenario of a split; the charter judges; a run directory keeps it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from lawgiver.charter import Charter
from lawgiver.data import Scenario
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.summary import summarise_run
from lawgiver.outcome import TooManyFailuresError

Progress = Callable[[int], None]


class EvaluateConfig(BaseModel):
    """Everything that decides an evaluation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    """What answers: a model by name or path, or `refuse`."""
    charter: str
    split: str = "test"
    system_prompt: bool = False
    """Put the charter's system prompt in front."""
    max_new_tokens: int = Field(default=48, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    """0 decodes greedily."""
    seed: int = 0
    limit: int | None = Field(default=None, ge=1)
    """Only the first so many scenarios; for a quick look, never for a result."""


class Answer(BaseModel):
    """What a policy said to one scenario."""

    text: str
    truncated: bool = False
    """Whether it was cut at the token limit."""


class Responder(Protocol):
    """Anything that answers conversations."""

    def __call__(self, conversations: Sequence[list[dict[str, str]]], on_progress: Progress) -> list[Answer]:
        """One answer per conversation, in order; `on_progress` is told how many more are done."""


def refuse_everything(charter: Charter) -> Responder:
    """The trivial policy that a charter must not reward: one polite refusal, whatever is asked."""

    def respond(conversations: Sequence[list[dict[str, str]]], on_progress: Progress) -> list[Answer]:
        on_progress(len(conversations))
        return [Answer(text=charter.spec.refusal) for _ in conversations]

    return respond


def evaluate(
    config: EvaluateConfig,
    charter: Charter,
    responder: Responder,
    folder: Path,
    on_progress: Progress = lambda _: None,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Answer, judge, sum up; returns the summary that `summary.json` holds.

    Answers are kept as they come (`answers.jsonl`), so that an interrupted run resumes where it stopped.

    Raises:
        ConfigurationError: if the folder holds another run.
        TooManyFailuresError: if more exchanges failed than the charter allows; judgements are kept.
    """
    run = RunDirectory.create(folder, config.model_dump(mode="json"), charter.identity, resume=resume)
    if run.has("summary.json"):
        summary: dict[str, Any] = run.read("summary.json")
        on_progress(summary["n"])
        return summary
    scenarios = charter.scenarios(config.split)[: config.limit]
    answers = _answers(
        run, scenarios, charter.spec.system_prompt if config.system_prompt else None, responder, on_progress
    )
    exchanges = [s.exchange(answer.text) for s, answer in zip(scenarios, answers, strict=True)]
    judgements = charter.judge(exchanges)
    rows = [
        judgement.to_json() | {"truncated": answer.truncated}
        for judgement, answer in zip(judgements, answers, strict=True)
    ]
    run.write_rows("judgements.jsonl", rows)
    failed = sum(judgement.failed() for judgement in judgements)
    if failed > charter.spec.max_failed * len(rows):
        raise TooManyFailuresError(
            f"{failed} of {len(rows)} exchanges could not be scored, more than charter.yaml:max_failed "
            f"({charter.spec.max_failed:.0%}) allows; see {run.path / 'judgements.jsonl'}"
        )
    summary = summarise_run(charter.spec, rows)
    run.write("summary.json", summary)
    return summary


CHUNK = 64  # answers between two saves; a multiple of the generation batch, so that chunks waste no rows


def _answers(
    run: RunDirectory,
    scenarios: Sequence[Scenario],
    system_prompt: str | None,
    responder: Responder,
    on_progress: Progress,
) -> list[Answer]:
    kept = {row["id"]: Answer.model_validate(row["answer"]) for row in run.rows_if_any("answers.jsonl")}
    # longest first over the whole split: batches of like length pad little, and time left is not underrated
    order = sorted(scenarios, key=lambda scenario: -len(scenario.prompt))
    todo = [scenario for scenario in order if scenario.id not in kept]
    on_progress(len(scenarios) - len(todo))
    for start in range(0, len(todo), CHUNK):
        chunk = todo[start : start + CHUNK]
        answers = responder([scenario.messages(system_prompt) for scenario in chunk], on_progress)
        kept |= {scenario.id: answer for scenario, answer in zip(chunk, answers, strict=True)}
        run.write_rows("answers.jsonl", ({"id": name, "answer": answer.model_dump()} for name, answer in kept.items()))
    return [kept[scenario.id] for scenario in scenarios]
