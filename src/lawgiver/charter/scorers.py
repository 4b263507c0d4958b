"""The scorers that a charter's `evidence` section asks for."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lawgiver.charter import files
from lawgiver.charter.spec import CharterSpec, EvidenceField
from lawgiver.data.files import read_text, sha256_bytes
from lawgiver.evidence import LEXICAL, FittedJudge, Scorer
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.evidence.llm import FieldSpec

FITTED = "fitted"
LLM = "llm"


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
        elif field.scorer not in (FITTED, LLM):
            known = ", ".join([*LEXICAL, FITTED, LLM])
            raise ConfigurationError(
                f"{root}/charter.yaml: evidence.{name}: no scorer {field.scorer!r}; there are {known}"
            )
    if wanted := fitted_fields(spec):
        scorers.append(_fitted(root, wanted))
    return scorers + _llm(root, spec)


def _llm(root: Path, spec: CharterSpec) -> list[Scorer]:
    """One scorer per rubric, with all the fields that name it."""
    by_rubric: dict[str, dict[str, EvidenceField]] = {}
    for name, field in spec.evidence.items():
        if field.scorer == LLM:
            by_rubric.setdefault(field.rubric or "", {})[name] = field
    if not by_rubric:
        return []
    import platformdirs

    from lawgiver.evidence.llm_scorer import llm_scorer  # slow to import, and few charters need it

    cache = Path(os.environ.get("LAWGIVER_CACHE") or platformdirs.user_cache_dir("lawgiver")) / "judge"
    return [
        llm_scorer(read_text(root / rubric), [_field_spec(name, field) for name, field in fields.items()], cache)
        for rubric, fields in by_rubric.items()
    ]


def _field_spec(name: str, field: EvidenceField) -> FieldSpec:
    from lawgiver.evidence.llm import FieldSpec

    low, high = (0.0, 1.0) if field.type == "number" else (None, None)
    return FieldSpec(name=name, type=field.type or "bool", values=tuple(field.values or ()), minimum=low, maximum=high)


def _fitted(root: Path, wanted: list[str]) -> FittedJudge:
    path = root / files.JUDGES
    judge = FittedJudge.load(path)
    if missing := sorted(set(wanted) - set(judge.fields)):
        raise ConfigurationError(f"{path}: has no head for {missing[0]}; run `lawgiver charter fit {root}`")
    if judge.labels_sha256 != labels_sha256(root):
        raise ConfigurationError(f"{path}: the labels changed since it was fitted; run `lawgiver charter fit {root}`")
    return judge
