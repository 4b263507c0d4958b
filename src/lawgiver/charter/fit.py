"""`charter fit`: judges from the charter's own labels, with their agreement stored beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lawgiver.charter import files
from lawgiver.charter.charter import Charter
from lawgiver.charter.scorers import fitted_fields
from lawgiver.data import atomic_write
from lawgiver.evidence import LEXICAL
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console


def fit_charter(charter: Charter, *, seed: int = 0) -> dict[str, Any]:
    """Fit and store the judge; returns the agreement that is stored beside it.

    Raises:
        ConfigurationError: if the charter declares no fitted field, or its labels do not suffice.
    """
    from lawgiver.evidence.fit import fit_judge, label_exchange, lexical_agreement

    fields = fitted_fields(charter.spec)
    if not fields:
        raise ConfigurationError(f"{charter.root}/charter.yaml: no evidence field has `scorer: fitted`")
    rows = files.label_rows(charter.root)
    if not rows:
        raise ConfigurationError(f"{charter.root}/labels: no labels; write some before fitting")
    try:
        judge, agreement = fit_judge(rows, fields, seed=seed)
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{charter.root}/labels: a row is malformed: {error!r}") from None
    lexical = {}
    for name, field in charter.spec.evidence.items():
        labelled = [row for row in rows if row["labels"].get(name) is not None]
        if field.scorer in LEXICAL and labelled:
            measure = LEXICAL[field.scorer].measure
            said = [measure(label_exchange(row).response) for row in labelled]
            lexical[name] = lexical_agreement([row["labels"][name] for row in labelled], said)
    sha256 = judge.save(charter.root / files.JUDGES)
    document = {"judge_sha256": sha256, "seed": seed, "rows": len(rows), "fitted": agreement, "lexical": lexical}
    atomic_write(charter.root / files.AGREEMENT, json.dumps(document, indent=1) + "\n")
    return document


def show_agreement(agreement: dict[str, Any], console: Console) -> None:
    """A table of how far each judge agrees with the labels."""
    from rich.table import Table

    table = Table(title="agreement with the labels (fitted judges: 5-fold, prompts kept together)")
    for column in ("field", "n", "accuracy", "commonest class", "kappa", "log loss", "calibration error"):
        table.add_column(column, justify="left" if column == "field" else "right")
    for name, row in {**agreement["fitted"], **agreement["lexical"]}.items():
        optional = [f"{row[key]:.3f}" if key in row else "" for key in ("log_loss", "calibration_error")]
        figures = [f"{row[key]:.3f}" for key in ("accuracy", "majority_accuracy", "kappa")]
        table.add_row(name, str(row["n"]), *figures, *optional)
    console.print(table)
