"""The scorers that a charter's `evidence` section asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lawgiver.charter import files
from lawgiver.charter.spec import CharterSpec
from lawgiver.data.files import sha256_bytes
from lawgiver.evidence import LEXICAL, FittedJudge, Scorer
from lawgiver.outcome import ConfigurationError

FITTED = "fitted"


def fitted_fields(spec: CharterSpec) -> list[str]:
    """The evidence fields that the fitted judge yields."""
    return [name for name, field in spec.evidence.items() if field.scorer == FITTED]


def labels_sha256(root: Path) -> str:
    """The hash by which a fitted judge knows its labels."""
    return sha256_bytes(json.dumps(files.label_rows(root), sort_keys=True, ensure_ascii=False).encode())


def build_scorers(root: Path, spec: CharterSpec) -> list[Scorer]:
    """Make the scorers of every declared field.

    Raises:
        ConfigurationError: for an unknown scorer, or a fitted judge that is missing, corrupt or out of date.
    """
    scorers: list[Scorer] = []
    for name, field in spec.evidence.items():
        if field.scorer in LEXICAL:
            scorers.append(replace(LEXICAL[field.scorer], field=name))
        elif field.scorer != FITTED:
            known = ", ".join([*LEXICAL, FITTED])
            raise ConfigurationError(
                f"{root}/charter.yaml: evidence.{name}: no scorer {field.scorer!r}; there are {known}"
            )
    if wanted := fitted_fields(spec):
        scorers.append(_fitted(root, wanted))
    return scorers


def _fitted(root: Path, wanted: list[str]) -> FittedJudge:
    path = root / files.JUDGES
    judge = FittedJudge.load(path)
    if missing := sorted(set(wanted) - set(judge.fields)):
        raise ConfigurationError(f"{path}: has no head for {missing[0]}; run `lawgiver charter fit {root}`")
    if judge.labels_sha256 != labels_sha256(root):
        raise ConfigurationError(f"{path}: the labels changed since it was fitted; run `lawgiver charter fit {root}`")
    return judge
