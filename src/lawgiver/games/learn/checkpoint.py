"""Checkpoints of a games run: one folder each, whole or not there at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lawgiver.data.files import atomic_write
from lawgiver.games.learn.loop import State
from lawgiver.games.learn.policy import Learner

STATE = "state.json"


def save(folder: Path, state: State, learners: Sequence[Learner], keep: int) -> Path:
    """Write `folder/step-000123`, then delete all but the newest `keep`; a crash leaves the older ones whole."""
    final = folder / f"step-{state.update:06d}"
    draft = folder / f".{final.name}"
    shutil.rmtree(draft, ignore_errors=True)
    for index, learner in enumerate(learners):
        seat = draft / f"learner-{index}"
        seat.mkdir(parents=True)
        learner.save(seat)
    atomic_write(draft / STATE, json.dumps(asdict(state)))
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)
    for old in _all(folder)[:-keep]:
        shutil.rmtree(old)
    return final


def newest(folder: Path) -> Path | None:
    """The newest whole checkpoint, None if there is none."""
    found = _all(folder)
    return found[-1] if found else None


def load(path: Path, learners: Sequence[Learner]) -> State:
    """Take up every learner and return where training stood."""
    for index, learner in enumerate(learners):
        learner.restore(path / f"learner-{index}")
    return State(**json.loads((path / STATE).read_text(encoding="utf-8")))


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if (path / STATE).is_file())
