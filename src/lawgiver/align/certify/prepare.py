"""Everything about a certificate that can be checked before its costs are looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lawgiver.align.certify.categories import decide_categories
from lawgiver.align.certify.config import CertifyConfig
from lawgiver.align.certify.costs import costs_of, refuse_failures
from lawgiver.align.certify.decide import decide, refuse_vacuous
from lawgiver.align.certify.finding import Finding
from lawgiver.align.certify.reading import JUDGEMENTS, EvaluatedRun, charter_of, refuse_other_charters
from lawgiver.align.certify.scorer_error import ScorerError, read_confusion, read_labelled
from lawgiver.align.certify.selection import Candidate, choose, mean_score, refuse_selected_on, same_policy
from lawgiver.charter import Charter
from lawgiver.charter.spec import Constraint
from lawgiver.data import sha256_bytes, sha256_file
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True)
class Prepared:
    """A certificate that only needs to be computed."""

    config: CertifyConfig
    run: EvaluatedRun
    charter: Charter
    constraints: tuple[Constraint, ...]
    errors: dict[str, ScorerError]
    """Constraint → what is known of its scorer's mistakes; empty if nothing is."""
    candidates: tuple[Candidate, ...] = ()
    chosen: Candidate | None = None
    looked_at: tuple[EvaluatedRun, ...] = ()
    """Runs that were used for choosing."""
    files: dict[str, str] = field(default_factory=dict)
    """Files of labels → sha256."""

    @property
    def question_sha256(self) -> str:
        """Of everything that decides the answer: the same question gives the same certificate."""
        question = {
            "judgements": self.run.judgements_sha256,
            "charter": self.charter.sha256,
            "constraints": [constraint.name for constraint in self.constraints],
            "confidence": self.config.confidence,
            "labels": sorted(self.files.values()),
            "looked_at": sorted(run.judgements_sha256 for run in self.looked_at),
        }
        return sha256_bytes(json.dumps(question, sort_keys=True).encode())

    def confidence(self, constraint: Constraint) -> float:
        """How sure to be of one constraint."""
        return constraint.confidence if self.config.confidence is None else self.config.confidence

    def find(self, constraint: Constraint, run: EvaluatedRun, error: ScorerError | None) -> Finding:
        """Look at one run's costs of one constraint."""
        return _find(constraint, run, self.charter, self.confidence(constraint), error)


def prepare(config: CertifyConfig) -> Prepared:
    """Read runs, charter and labels, choose among candidates, refuse what cannot be certified.

    Raises:
        ConfigurationError: naming what is wrong and where.
    """
    if config.confusion is not None and config.labelled is not None:
        raise ConfigurationError("--confusion and --labelled both correct the scorer; give one")
    if len(config.runs) > 1 and not config.select:
        raise ConfigurationError(
            f"{len(config.runs)} runs to certify; give one, or --select runs on another split to choose one of them by"
        )
    runs = [_untouched(EvaluatedRun.open(path)) for path in config.runs]
    selected = [EvaluatedRun.open(path) for path in config.select]
    looked_at = [*selected, *(EvaluatedRun.open(path) for path in config.selected_on)]
    refuse_other_charters([*runs, *selected])
    for run in runs:
        refuse_selected_on(run, looked_at)
    charter = charter_of(runs[0], config.charter)
    constraints = _constraints(charter, config.constraints)
    candidates = tuple(_candidate(run, charter, constraints, config.confidence) for run in selected)
    chosen = choose(candidates) if candidates else None
    run = same_policy(chosen.run, runs) if chosen else runs[0]
    errors = _errors(config, constraints, run)
    for constraint in constraints:
        refuse_vacuous(constraint, errors.get(constraint.name), str(charter.root))
    files = {path.name: sha256_file(path) for path in (config.confusion, config.labelled) if path is not None}
    return Prepared(config, run, charter, constraints, errors, candidates, chosen, tuple(looked_at), files)


def _candidate(
    run: EvaluatedRun, charter: Charter, constraints: Sequence[Constraint], confidence: float | None
) -> Candidate:
    findings = [_find(c, run, charter, c.confidence if confidence is None else confidence, None) for c in constraints]
    return Candidate(run, mean_score(run), tuple(findings))


def _untouched(run: EvaluatedRun) -> EvaluatedRun:
    if run.config.get("limit") is not None:
        raise ConfigurationError(
            f"{run.path / 'config.json'}: limit: only the first {run.config['limit']} scenarios were answered, "
            "which is no sample of the split; evaluate all of it"
        )
    if run.split.name == "train":
        raise ConfigurationError(
            f"{run.path / 'config.json'}: split: train is what models are trained on; certify on another"
        )
    return run


def _constraints(charter: Charter, names: Sequence[str]) -> tuple[Constraint, ...]:
    declared = {constraint.name: constraint for constraint in charter.spec.constraints}
    if not declared:
        raise ConfigurationError(
            f"{charter.root}/charter.yaml: constraints: none is declared; there is nothing to certify"
        )
    for name in names:
        if name not in declared:
            raise ConfigurationError(f"--constraint {name}: the charter has {', '.join(declared)}")
    chosen = tuple(declared[name] for name in dict.fromkeys(names)) or tuple(declared.values())
    for constraint in chosen:
        if constraint.category is not None and constraint.category not in charter.spec.taxonomy:
            known = ", ".join(charter.spec.taxonomy) or "no label"
            raise ConfigurationError(
                f"{charter.root}/charter.yaml: constraints.{constraint.name}: category {constraint.category!r} is not "
                f"in the taxonomy, which has {known}"
            )
    return chosen


def _errors(config: CertifyConfig, constraints: Sequence[Constraint], run: EvaluatedRun) -> dict[str, ScorerError]:
    if config.confusion is not None:
        return read_confusion(config.confusion, constraints)
    if config.labelled is not None:
        return read_labelled(config.labelled, constraints, {row["id"] for row in run.rows})
    return {}


def _find(
    constraint: Constraint, run: EvaluatedRun, charter: Charter, confidence: float, error: ScorerError | None
) -> Finding:
    where = str(Path(run.path) / JUDGEMENTS)
    refuse_failures(constraint, costs_of(constraint, run.rows, where), charter.spec.max_failed, where)
    if constraint.category is not None:
        values = list(charter.spec.taxonomy[constraint.category])
        return decide_categories(constraint, run.rows, values, confidence, where)
    return decide(constraint, costs_of(constraint, run.rows, where), confidence, error)


def describe(constraint: Constraint) -> dict[str, Any]:
    """What the charter says of a constraint, for the certificate."""
    return {
        "title": constraint.title,
        "scope": constraint.scope,
        "tail": constraint.worst_share if constraint.scope == "cvar" else None,
        "category": constraint.category,
        "most": constraint.most,
    }
