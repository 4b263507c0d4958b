"""A guard scores every text of a plan; a run directory keeps it all and can be taken up again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.guard.evaluate.errors import worst_errors
from lawgiver.guard.evaluate.plan import Plan, Question
from lawgiver.guard.evaluate.scored import Line, Scored
from lawgiver.guard.evaluate.summary import summarise
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, GuardScorer
from lawgiver.outcome import Failed, LawgiverError, Outcome, TooManyFailuresError, Value, to_json

CHUNK = 64
SCORES = "scores.jsonl"


def evaluate_guard(
    plan: Plan,
    scorer: GuardScorer,
    folder: Path,
    on_progress: Callable[[int], None] = lambda _: None,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Score, sum up, keep the worst errors; returns what `summary.json` holds.

    Scores are kept as they come (`scores.jsonl`). A resumed run asks again for what failed, and for nothing else.

    Raises:
        ConfigurationError: if the folder holds another run.
        TooManyFailuresError: if more texts failed than the configuration allows; scores are kept.
    """
    guard = {"name": scorer.name, "version": scorer.version}
    run = RunDirectory.create(folder, {**plan.identity(), "guard": guard}, {}, resume=resume)
    kept = _kept(run)
    if not (run.has("summary.json") and all(question.key in kept for question in plan.questions)):
        _score(run, plan, scorer, kept, on_progress)
    else:
        on_progress(len(plan.questions))
    scored = Scored(plan.questions, tuple(kept[question.key] for question in plan.questions))
    failed = sum("failed" in line["outcome"] for line in scored.lines)
    if failed > plan.config.max_failed * scored.n:
        first = next(line for line in scored.lines if "failed" in line["outcome"])
        raise TooManyFailuresError(
            f"{failed} of {scored.n} texts could not be scored, more than max_failed ({plan.config.max_failed:.0%}) "
            f"allows; the first, {first['id']}: {first['outcome']['failed']}; see {run.path / SCORES}, then --resume"
        )
    # a guard that knows what it learned from says so; others, somebody else's mostly, need not
    summary = summarise(plan, scored, guard, getattr(scorer, "languages", ()))
    run.write_rows("errors.jsonl", worst_errors(plan.config, scored))
    run.write("summary.json", summary)
    return summary


def ask(scorer: GuardScorer, examples: Sequence[Example]) -> list[Outcome[GuardScore]]:
    """Score some texts; if the guard breaks over them, each by itself, so that one takes no other with it.

    Raises:
        LawgiverError: what a guard raises on purpose, such as a wrong setting.
    """
    try:
        outcomes = scorer.score(examples)
        if len(outcomes) != len(examples):
            raise ValueError(f"{len(outcomes)} outcomes for {len(examples)} texts")
    except LawgiverError:
        raise
    except Exception as error:  # a guard is somebody else's code, and its texts are hostile
        if len(examples) == 1:
            return [Failed(f"{type(error).__name__}: {str(error)[:200]}")]
        return [outcome for example in examples for outcome in ask(scorer, [example])]
    return outcomes


def _score(
    run: RunDirectory, plan: Plan, scorer: GuardScorer, kept: dict[str, Line], on_progress: Callable[[int], None]
) -> None:
    todo = [question for question in plan.questions if question.key not in kept]
    on_progress(len(plan.questions) - len(todo))
    # longest first: batches of like length pad little, and time left is not underrated
    todo.sort(key=lambda question: -len(question.example.scored))
    for start in range(0, len(todo), CHUNK):
        chunk = todo[start : start + CHUNK]
        began = time.perf_counter()
        outcomes = ask(scorer, [question.example for question in chunk])
        seconds = (time.perf_counter() - began) / len(chunk)
        lines = [_line(question, outcome, seconds) for question, outcome in zip(chunk, outcomes, strict=True)]
        _append(run.path / SCORES, lines)
        kept |= {line["id"]: line for line in lines}
        on_progress(len(chunk))


def _line(question: Question, outcome: Outcome[GuardScore], seconds: float) -> Line:
    document = to_json(outcome)
    if isinstance(outcome, Value):
        document = {"value": {"unsafe": outcome.value.unsafe, "categories": dict(outcome.value.categories)}}
    return {"id": question.key, "outcome": document, "seconds": round(seconds, 5)}


def _append(path: Path, lines: Sequence[Line]) -> None:
    with path.open("ab") as file:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        file.write(text.encode(errors="backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def _kept(run: RunDirectory) -> dict[str, Line]:
    """What was scored before; what failed is left out, and so is a last line that a crash cut short."""
    if not run.has(SCORES):
        return {}
    content = (run.path / SCORES).read_bytes()
    atomic_write(run.path / SCORES, content[: content.rfind(b"\n") + 1])
    return {line["id"]: line for line in run.rows(SCORES) if "failed" not in line["outcome"]}
