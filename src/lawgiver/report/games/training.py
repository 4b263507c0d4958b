"""A training run in a game, read and checked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lawgiver.data.rundir import RunDirectory
from lawgiver.report.games.material import Answers, Curves, Seat, TrainRun
from lawgiver.report.games.naming import Names, names_from, plain_names
from lawgiver.report.games.parts import Floats, Part, real, wrong

if TYPE_CHECKING:
    from lawgiver.charter import CharterSpec

SERIES = ("objective", "legal", "legal_least", "gap", "kl", "gradient_norm")


def read_training(
    folder: Path, documents: dict[str, Any], label: str = "", spec: CharterSpec | None = None
) -> TrainRun:
    """Read a training run.

    Args:
        folder: it.
        documents: what every kind of run shares.
        label: its name among others.
        spec: the charter's declarations, from which limits are known.

    Raises:
        ConfigurationError: if a document is malformed.
    """
    run = RunDirectory(folder)
    config = Part(documents["config"], str(folder / "config.json"))
    summary = Part(run.read("summary.json") if run.has("summary.json") else None, str(folder / "summary.json"))
    rows = [Part(row, f"{folder / 'metrics.jsonl'}:{i}") for i, row in enumerate(run.metrics(), 1)]
    histories, actions = _size(rows, summary)
    names = _names(run, histories, actions, max(1, config.whole("history")))
    seats = _seats(summary, histories, actions)
    learners = _learners(rows, histories, actions, [seat.reachable for seat in seats])
    phases = summary.texts("frameworks") or [phase.text("framework") for phase in config.parts("phases")]
    return TrainRun(
        **documents,
        label=label or folder.name,
        game=summary.text("game") or config.text("game", "a game"),
        opponent=summary.text("opponent") or config.text("opponent", "an unknown opponent"),
        phases=tuple(phases or ["an unknown framework"]),
        seed=config.whole("seed"),
        names=names,
        steps=tuple(row.whole("step") or i for i, row in enumerate(rows, 1)),
        phase_T=tuple(row.whole("phase") for row in rows),
        seconds_T=np.array([_or_nan(row.number("seconds")) for row in rows]),
        learners=learners,
        tolerance=config.part("stop").number("tolerance"),
        limits=_limits(spec, phases),
        reached=tuple(real(at) for at in summary.numbers("reached", None).tolist()) if summary else (),
        seats=seats,
        summary=summary,
    )


def _size(rows: list[Part], summary: Part) -> tuple[int, int]:
    """H and A; 0 and 0 where nothing has been recorded."""
    for row in rows:
        for learner in row.parts("learners"):
            shape = learner.numbers("p", None, None).shape
            if shape[0]:
                return shape[0], shape[1]
    shape = summary.part("trained").numbers("p", None, None).shape
    return shape[0], shape[1]


def _names(run: RunDirectory, histories: int, actions: int, rounds: int) -> Names:
    """As `policy.json` has them, which a run with two learners keeps by seat."""
    for name in ("policy.json", "row/policy.json"):
        if run.has(name):
            document = Part(run.read(name), str(run.path / name))
            found = names_from(document, rounds)
            if (len(found.histories), len(found.actions)) == (histories, actions):
                return found
            if histories:
                raise wrong(document.where, f"its states and actions are not the {histories} × {actions} of the run")
    return plain_names(histories, actions, rounds)


def _learners(rows: list[Part], histories: int, actions: int, reachable: list[tuple[bool, ...]]) -> tuple[Curves, ...]:
    seats = len(rows[0].parts("learners")) if rows else 0
    parts: list[list[Part]] = [[] for _ in range(seats)]
    for row in rows:
        learners = row.parts("learners")
        if len(learners) != seats:
            raise wrong(row.at("learners"), f"{len(learners)} learners where the first line has {seats}")
        for seat, learner in enumerate(learners):
            parts[seat].append(learner)
    return tuple(
        _curves(own, histories, actions, reachable[seat] if seat < len(reachable) else ())
        for seat, own in enumerate(parts)
    )


def _curves(rows: list[Part], histories: int, actions: int, reachable: tuple[bool, ...]) -> Curves:
    p_THA = np.array([_table(row, histories, actions) for row in rows])
    met = tuple(bool(each) for each in np.nansum(p_THA, axis=(0, 2)) > 0)
    return Curves(
        p_THA=p_THA,
        series={key: np.array([_or_nan(row.number(key)) for row in rows]) for key in SERIES},
        costs=_group(rows, "costs"),
        multipliers=_group(rows, "lambda"),
        # a history that is never asked for has a row of zeros, so an unfinished run tells as well
        reachable=reachable or met,
    )


def _table(row: Part, histories: int, actions: int) -> Floats:
    table_HA = row.numbers("p", histories, actions)
    return table_HA if table_HA.size else np.full((histories, actions), math.nan)


def _group(rows: list[Part], key: str) -> dict[str, Floats]:
    groups = [row.part(key) for row in rows]
    names = dict.fromkeys(name for group in groups for name in group.content)
    return {str(name): np.array([_or_nan(group.number(name)) for group in groups]) for name in names}


def _seats(summary: Part, histories: int, actions: int) -> tuple[Seat, ...]:
    """The blocks of two learners, or the summary's own for one."""
    if not summary:
        return ()
    return tuple(read_seat(part, summary, histories, actions) for part in summary.parts("seats") or [summary])


def read_seat(part: Part, summary: Part, histories: int, actions: int) -> Seat:
    """What one learner ended with; where its own block is silent, the summary speaks for it."""

    def flags(key: str) -> tuple[bool, ...]:
        found = part.flags(key) or summary.flags(key) or [True] * histories
        if len(found) != histories:
            raise wrong(part.at(key), f"a list of {histories} is wanted")
        return tuple(found)

    return Seat(
        oracle=part.text("oracle") or summary.text("oracle"),
        visited=part.text("oracle_visited") or summary.text("oracle_visited"),
        unique=flags("unique"),
        reachable=flags("reachable"),
        trained=_answers(part.part("trained"), histories, actions),
        held_out=_answers(part.part("held_out"), histories, actions),
    )


def _answers(part: Part, histories: int, actions: int) -> Answers | None:
    if not part:
        return None
    p_HA = part.numbers("p", histories, actions)
    return Answers(part.whole("words"), p_HA, part.number("legal"), part.number("legal_least"), part.number("gap"))


def _limits(spec: CharterSpec | None, phases: list[str]) -> dict[str, float]:
    compositions = (spec.frameworks if spec else None) or {}
    found: dict[str, float] = {}
    for name in phases:
        if name in compositions:
            found |= compositions[name].subject_to or {}
    return found


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
