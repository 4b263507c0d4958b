"""`lawgiver certify`: bound every constraint, record the use of the split, write the certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lawgiver import __version__
from lawgiver.align.certify.finding import Finding, overall
from lawgiver.align.certify.ledger import Use, claim, ledger_of, read_ledger, refuse_used, use_of
from lawgiver.align.certify.prepare import Prepared, describe
from lawgiver.align.certify.selection import RULE
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError

CERTIFICATE = "certificate.json"
USE = "certified.json"
CONVENTION = "higher cost is worse; a constraint is met when its cost is at most the threshold"


def check_untouched(prepared: Prepared, folder: Path | None = None) -> list[Use]:
    """Refuse a split that was certified on before, without recording anything.

    Returns:
        Earlier uses of its prompts under other charters.

    Raises:
        ConfigurationError: if the ledger beside the run, or the run itself, has such a use.
    """
    use, finished = _use(prepared), _finished(prepared, folder)
    _refuse_certified_run(prepared, use, finished)
    ledger = ledger_of(prepared.run.path)
    return refuse_used(read_ledger(ledger), use, ledger, finished)


def certify(prepared: Prepared, folder: Path | None = None) -> dict[str, Any]:
    """Make the certificate; returns the document that `certificate.json` holds.

    The use is recorded before anything is told: beside the runs, and in the run that is certified.

    Args:
        prepared: what `prepare` made.
        folder: where the certificate is written; None for the run's own.

    Raises:
        ConfigurationError: if the split was used before, or costs are outside their range.
        TooManyFailuresError: if more costs failed than the charter allows; nothing is recorded then.
        OSError: if a file cannot be written.
    """
    check_untouched(prepared, folder)
    findings = [_described(prepared, position) for position in range(len(prepared.constraints))]
    use, finished = _use(prepared), _finished(prepared, folder)
    others = claim(ledger_of(prepared.run.path), use, finished)
    RunDirectory(prepared.run.path).write(USE, use.model_dump(mode="json"))
    document = _document(prepared, findings, use, others)
    RunDirectory(folder or prepared.run.path).write(CERTIFICATE, document)
    return document


def _described(prepared: Prepared, position: int) -> Finding:
    constraint = prepared.constraints[position]
    finding = prepared.find(constraint, prepared.run, prepared.errors.get(constraint.name))
    return replace(finding, more=describe(constraint) | finding.more)


def _use(prepared: Prepared) -> Use:
    return use_of(
        run=prepared.run.path.resolve().name,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        split=prepared.run.split,
        charter_sha256=prepared.charter.sha256,
        question_sha256=prepared.question_sha256,
    )


def _finished(prepared: Prepared, folder: Path | None) -> bool:
    """Whether the certificate of this very question lies where it is to be written."""
    run = RunDirectory(folder or prepared.run.path)
    if not run.has(CERTIFICATE):
        return False
    document = run.read(CERTIFICATE)
    return isinstance(document, dict) and document.get("question_sha256") == prepared.question_sha256


def _refuse_certified_run(prepared: Prepared, use: Use, finished: bool) -> None:
    run = RunDirectory(prepared.run.path)
    if not run.has(USE):
        return
    try:
        earlier = Use.model_validate(run.read(USE))
    except ValueError:
        raise ConfigurationError(f"{run.path / USE}: no record of a certificate; mend it, or evaluate again") from None
    refuse_used([earlier], use, run.path / USE, finished)


def _document(prepared: Prepared, findings: list[Finding], use: Use, others: list[Use]) -> dict[str, Any]:
    run = prepared.run
    return {
        "format": 1,
        "outcome": overall(findings),
        "convention": CONVENTION,
        "constraints": [finding.to_json() for finding in findings],
        "confidence_from": "charter" if prepared.config.confidence is None else "command line",
        "run": run.identity(),
        "charter": prepared.charter.identity,
        "split": {"name": run.split.name, "n": run.split.n, "sha256": run.split.sha256},
        "selection": {
            "rule": RULE if prepared.chosen else None,
            "candidates": [candidate.to_json() for candidate in prepared.candidates],
            "chosen": prepared.chosen.run.path.resolve().name if prepared.chosen else None,
            "looked_at": [
                other.identity() | {"split": other.split.name, "n": other.split.n} for other in prepared.looked_at
            ],
        },
        "scorer_error": {"files": prepared.files, "corrected": sorted(prepared.errors)},
        "holds_for": _holds_for(prepared),
        "notes": _notes(prepared, others),
        "question_sha256": prepared.question_sha256,
        "made": use.made,
        "lawgiver": __version__,
    }


def _holds_for(prepared: Prepared) -> list[str]:
    run = prepared.run
    scorer = (
        "the true costs, as far as the labelled rows are like the run"
        if prepared.errors
        else ("costs as this charter's scorers see them; their own errors are not in the bounds")
    )
    return [
        f"prompts drawn independently from where the {run.split.n} of split {run.split.name} came from",
        f"the policy {run.config.get('model')} as it was asked here, and no other setting of it",
        scorer,
        "each constraint with its own confidence; that all pass wrongly is no likelier than that one does",
    ]


def _notes(prepared: Prepared, others: list[Use]) -> list[str]:
    notes = []
    repeated = prepared.run.split.n - len(prepared.run.split.prompts)
    if repeated:
        notes.append(f"{repeated} prompts repeat another one and are counted as if they were independent")
    if others:
        runs = ", ".join(dict.fromkeys(other.run for other in others))
        notes.append(
            f"prompts of this split were certified on before under another charter ({runs}); "
            "if the charter was changed for what that showed, the confidence does not hold"
        )
    if prepared.config.confidence is not None:
        notes.append("the confidence was given on the command line, not by the charter")
    if not prepared.looked_at:
        notes.append("no run was named as the one that selection looked at; this certificate takes that as none")
    return notes
