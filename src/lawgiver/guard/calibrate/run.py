"""From rows and a guard to its calibration, and to what people are told of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.data.files import sha256_bytes
from lawgiver.guard.calibrate.outputs import fit_outputs
from lawgiver.guard.classifier.data import HELD_OUT, read_examples
from lawgiver.guard.classifier.heads import OUTPUTS
from lawgiver.guard.classifier.settings import GuardData
from lawgiver.guard.evaluate.run import CHUNK, ask
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, GuardScorer
from lawgiver.models.classifier.calibration import Calibration
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.models.classifier.card import read_card
from lawgiver.outcome import Abstained, ConfigurationError, Failed, TooManyFailuresError, Value

MAX_FAILED = 0.05
"""The share of rows that may fail."""


@dataclass(frozen=True)
class Calibrated:
    """A calibration, and what it does to rows it was not fitted on."""

    calibration: Calibration
    document: dict[str, Any]
    """Counts, and a row for every output and language."""


def check_guard(path: Path) -> None:
    """Look at a guard's card without loading the guard.

    Raises:
        ConfigurationError: if there is none, or it is that of another kind of classifier.
    """
    if (outputs := read_card(path).outputs) != OUTPUTS:
        raise ConfigurationError(f"{path}: its outputs are {', '.join(outputs)}, not those of a guard")


def held_out(path: Path) -> Path:
    """What the training of a guard held out.

    Raises:
        ConfigurationError: if that is not there, as in a guard's folder without its run.
    """
    if not (path / HELD_OUT).is_file():
        raise ConfigurationError(
            f"{path}: no {HELD_OUT} there, as a training run has; give rows that the guard did not learn from: "
            "--data FILE"
        )
    return path / HELD_OUT


def prepare(files: Sequence[Path], languages: Sequence[str] = ()) -> list[Example]:
    """Read labelled rows.

    Args:
        files: as a recipe's `data.files`.
        languages: ISO 639-1 codes to take; empty takes all.

    Raises:
        ConfigurationError: for a file or row that cannot be read, a repeated id, or rows of one label only.
    """
    data = GuardData(files=tuple(files))
    examples = [each for path in files for each in read_examples(path, data)]
    examples = [each for each in examples if not languages or each.language in languages]
    names = ", ".join(map(str, files))
    if len({each.id for each in examples}) < len(examples):
        raise ConfigurationError(f"{names}: an id stands twice; every row needs its own")
    if len({each.unsafe for each in examples}) < 2:
        raise ConfigurationError(f"{names}: {len(examples)} rows to use, not both safe and unsafe ones; add some")
    return examples


def calibrate(
    examples: Sequence[Example],
    scorer: GuardScorer,
    guard_sha256: str,
    settings: CalibrationSettings,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Calibrated:
    """Score rows and fit every output there are rows enough for. Nothing is written.

    Args:
        examples: rows that the guard did not learn from.
        scorer: the guard as it is, without a calibration.
        guard_sha256: of its files.
        settings: rates and numbers of rows.
        on_progress: told how many more rows are done.

    Raises:
        ConfigurationError: if there are too few rows for `unsafe`.
        TooManyFailuresError: if more than 5 % of the rows fail.
    """
    outcomes = []
    for start in range(0, len(examples), CHUNK):
        chunk = examples[start : start + CHUNK]
        outcomes += ask(scorer, chunk)
        on_progress(len(chunk))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    if len(failed) > MAX_FAILED * len(examples):
        raise TooManyFailuresError(
            f"{len(failed)} of {len(examples)} rows could not be scored, more than 5 %; the first: {failed[0].error}"
        )
    read = [(e, o.value) for e, o in zip(examples, outcomes, strict=True) if isinstance(o, Value)]
    kept, scores = [example for example, _ in read], [score for _, score in read]
    fits, rows = fit_outputs(kept, scores, settings)
    calibration = Calibration(
        guard_sha256=guard_sha256, scores_sha256=_sha256(kept, scores), settings=settings, outputs=fits
    )
    document = {
        "guard": {"name": scorer.name, "sha256": guard_sha256},
        "settings": settings.model_dump(),
        "n": len(examples),
        "abstained": sum(isinstance(outcome, Abstained) for outcome in outcomes),
        "failed": len(failed),
        "rows": rows,
        "not_calibrated": [name for name in OUTPUTS if name not in fits],
    }
    return Calibrated(calibration, document)


def _sha256(examples: Sequence[Example], scores: Sequence[GuardScore]) -> str:
    rows = [
        [e.id, e.unsafe, dict(e.categories), e.language, score.unsafe, dict(score.categories)]
        for e, score in zip(examples, scores, strict=True)
    ]
    return sha256_bytes(json.dumps(rows, sort_keys=True).encode())
