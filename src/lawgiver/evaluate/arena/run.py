"""From stored evaluations to `arena.json`: wins, strengths, trade-off, over-refusal, a judge, what was kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate.arena.entrants import Entrant
from lawgiver.evaluate.arena.overrefusal import over_refusal
from lawgiver.evaluate.arena.prepare import Prepared
from lawgiver.evaluate.arena.scores import Floats, Metric, lengths_of, scores_of, wins
from lawgiver.evaluate.arena.strengths import strengths
from lawgiver.evaluate.arena.trade import trade
from lawgiver.evaluate.arena.winrates import win_rate
from lawgiver.evaluate.respond import REFUSE
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.evaluate.arena.judge import Rubric
    from lawgiver.evaluate.arena.retention import Kept

ARENA = "arena.json"
Progress = Callable[[int, str], None]
"""Told how many more steps are done, and of what."""


def run_arena(
    prepared: Prepared, folder: Path, on_progress: Progress = lambda _, __: None, *, resume: bool = False
) -> dict[str, Any]:
    """Compute everything and write `arena.json`, and a `judge-NAME.jsonl` for every judge; returns the document.

    Raises:
        ConfigurationError: if the folder holds another run, or a model for retention is not there.
    """
    config, field = prepared.config, prepared.field
    settings = {"kind": "arena", **config.model_dump(mode="json")}
    settings["entrants"] = [entrant.identity() for entrant in field.entrants]
    settings["rubrics"] = {rubric.name: rubric.sha256 for rubric in prepared.rubrics}
    run = RunDirectory.create(folder, settings, field.charter, resume=resume)
    document: dict[str, Any] = {
        "base": field.names[0],
        "charter": field.charter,
        "scenarios": len(field.rows),
        "prompts": len(set(field.prompts)),
        "entrants": settings["entrants"],
        "wanted": prepared.wanted.to_json(),
        "constraint": prepared.constraint.to_json(),
        "wins": [],
        "strengths": {},
        "judges": [],
        "notes": field.notes(),
    }
    for part, metric in (("wanted", prepared.wanted), ("constraint", prepared.constraint)):
        document["wins"] += [{"by": part} | each for each in _scored_wins(prepared, metric)]
        document["strengths"][part] = strengths(field, metric, config.resamples)
    document["trade"] = trade(field, prepared.wanted, prepared.constraint, config.reference, config.resamples)
    document["over_refusal"] = (
        over_refusal(field, config.over_refusal, config.lookalike, config.resamples) if config.lookalike else None
    )
    for rubric in prepared.rubrics:
        _judge(prepared, rubric, run, document, on_progress)
    document["retention"] = _retention(prepared, on_progress) if config.retention else None
    run.write(ARENA, document)
    return document


def _scored_wins(prepared: Prepared, metric: Metric) -> list[dict[str, Any]]:
    base = prepared.field.entrants[0]
    theirs = scores_of(base, metric)
    found = []
    for entrant in prepared.field.entrants[1:]:
        wins_STN = wins(scores_of(entrant, metric), theirs, higher_is_better=metric.higher_is_better)
        found.append(_rate(prepared, entrant, wins_STN, _longer(entrant, base)))
    return found


def _rate(prepared: Prepared, entrant: Entrant, wins_STN: Floats, longer_STN: Floats) -> dict[str, Any]:
    names = [str(path) for path in entrant.paths]
    rate = win_rate(wins_STN, longer_STN, prepared.field.prompts, names, prepared.config.resamples)
    return {"name": entrant.name, **rate}


def _longer(entrant: Entrant, base: Entrant) -> Floats:
    return lengths_of(entrant)[:, None, :] - lengths_of(base)[None, :, :]


def _judge(
    prepared: Prepared, rubric: Rubric, run: RunDirectory, document: dict[str, Any], on_progress: Progress
) -> None:
    from lawgiver.evaluate.arena.judged import judged
    from lawgiver.evidence.llm_cache import LLMCache
    from lawgiver.models import cache_folder

    assert prepared.endpoint is not None
    base = prepared.field.entrants[0]
    rows: list[dict[str, Any]] = []
    cache = LLMCache(cache_folder().parent / "judge")
    for entrant in prepared.field.entrants[1:]:
        found = judged(
            prepared.field, entrant, rubric, prepared.endpoint, cache, lambda n: on_progress(n, f"judge {rubric.name}")
        )
        opponents = [s % len(base.runs) for s in range(len(entrant.runs))]
        longer_S1N = (lengths_of(entrant) - lengths_of(base)[opponents])[:, None, :]
        document["wins"].append(
            {"by": rubric.name} | _rate(prepared, entrant, found.wins_S1N, longer_S1N) | {"askings": found.counts}
        )
        rows += found.rows
        run.write_rows(f"judge-{rubric.name}.jsonl", rows)
    endpoint = {"model": prepared.endpoint.model, "base_url": prepared.endpoint.base_url}
    document["judges"].append({"name": rubric.name, "rubric_sha256": rubric.sha256, **endpoint})


def _retention(prepared: Prepared, on_progress: Progress) -> dict[str, Any]:
    from lawgiver.evaluate.arena.retention import accuracy, cloze_items, retention, retention_texts

    measured: dict[str, list[Kept]] = {entrant.name: _kept(entrant, on_progress) for entrant in prepared.field.entrants}
    base = measured[prepared.field.names[0]]
    models = []
    for name, mine in measured.items():
        entry: dict[str, Any] = {"name": name, "measured": None, "change": None}
        if mine:
            entry["measured"] = accuracy(mine, prepared.config.resamples)
        if mine and base and name != prepared.field.names[0]:
            entry["change"] = retention(base, mine, prepared.config.resamples)
        models.append(entry)
    return {"items": len(cloze_items()), "texts": len(retention_texts()), "models": models}


def _kept(entrant: Entrant, on_progress: Progress) -> list[Kept]:
    """One for each run; none for the policy that refuses everything, which has no weights."""
    from lawgiver.evaluate.arena.retention import kept

    found = []
    for config, path in zip(entrant.configs, entrant.paths, strict=True):
        name = config.get("model")
        if not isinstance(name, str):
            raise ConfigurationError(f"{path / 'config.json'}: model: not named; --retention loads the models again")
        if name != REFUSE:
            from lawgiver.models.load import load

            found.append(kept(load(name)))
        on_progress(1, "retention")
    return found
