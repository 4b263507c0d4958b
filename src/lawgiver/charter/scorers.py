"""The scorers that a charter's `evidence` section asks for."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lawgiver.charter import files
from lawgiver.charter.field import EvidenceField
from lawgiver.charter.spec import CharterSpec
from lawgiver.data.files import read_text, sha256_bytes
from lawgiver.evidence import LEXICAL, FittedJudge, Scorer
from lawgiver.evidence.guard import NAME as GUARD
from lawgiver.evidence.guard import guard_scorer
from lawgiver.evidence.preference_model import NAME as PREFERENCE_MODEL
from lawgiver.evidence.preference_model import preference_scorer
from lawgiver.models.head_card import Role
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


def build_scorers(root: Path, spec: CharterSpec, role: Role = "evaluation") -> list[Scorer]:
    """Make the scorers of every declared field.

    Args:
        root: the charter's folder.
        spec: what it declares.
        role: what the scores are for; decides which of its two models a preference model's field has.

    Raises:
        ConfigurationError: for an unknown scorer, a fitted judge that is missing, corrupt or out of date, or a
            preference model that is missing or of the other role, or a guard that is missing or lacks the output.
    """
    scorers: list[Scorer] = []
    for name, field in spec.evidence.items():
        if field.scorer in LEXICAL:
            scorers.append(replace(LEXICAL[field.scorer], field=name))
        elif field.scorer == PREFERENCE_MODEL:
            folder = (field.training if role == "training" else field.evaluation) or ""
            scorers.append(preference_scorer(name, root / folder, role))
        elif field.scorer not in (FITTED, LLM, GUARD):
            known = ", ".join([*LEXICAL, FITTED, LLM, PREFERENCE_MODEL, GUARD])
            raise ConfigurationError(
                f"{root}/charter.yaml: evidence.{name}: no scorer {field.scorer!r}; there are {known}"
            )
    if wanted := fitted_fields(spec):
        scorers.append(_fitted(root, wanted))
    return scorers + _guards(root, spec) + _llm(root, spec)


def _guards(root: Path, spec: CharterSpec) -> list[Scorer]:
    """One scorer per guard, with all the fields that name it: the text is read once."""
    by_folder: dict[str, dict[str, str]] = {}
    for name, field in spec.evidence.items():
        if field.scorer == GUARD:
            by_folder.setdefault(field.guard or "", {})[name] = field.output or "unsafe"
    return [guard_scorer(outputs, root / folder) for folder, outputs in by_folder.items()]


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
