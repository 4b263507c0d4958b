"""An evaluation run as a certificate needs it: finished, whole, and judged under the charter at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawgiver.align.certify.costs import shuffled
from lawgiver.align.certify.split import Split, split_of
from lawgiver.charter import Charter
from lawgiver.data import sha256_file
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError

JUDGEMENTS = "judgements.jsonl"
POLICY = ("model", "system_prompt", "max_new_tokens", "temperature")
"""What makes two runs runs of the same policy."""


@dataclass(frozen=True)
class EvaluatedRun:
    """One finished evaluation."""

    path: Path
    config: dict[str, Any]
    charter: dict[str, str]
    rows: list[Any]
    """Lines of `judgements.jsonl`, ordered by the hash of their ids."""
    split: Split
    judgements_sha256: str

    @classmethod
    def open(cls, path: Path) -> EvaluatedRun:
        """Read a run and check that its rows are in the form that `lawgiver evaluate` writes.

        Raises:
            ConfigurationError: if there is none, it is not finished, or a row is not in that form.
        """
        run = RunDirectory(path)
        if not run.has(JUDGEMENTS) or not run.has("summary.json") or not run.has("config.json"):
            raise ConfigurationError(
                f"{path}: no finished evaluation there (no {JUDGEMENTS}, summary.json and config.json); "
                "`lawgiver evaluate` makes one"
            )
        config, charter = run.read("config.json"), run.read("charter.json")
        where = path / JUDGEMENTS
        if not isinstance(config, dict) or not isinstance(charter, dict) or not isinstance(charter.get("sha256"), str):
            raise ConfigurationError(f"{path}: config.json or charter.json is not in the form that evaluate writes")
        rows = run.rows(JUDGEMENTS)
        if not rows:
            raise ConfigurationError(f"{where}: holds no judgement; evaluate again")
        _check_rows(rows, charter, where)
        split = split_of(str(config.get("split", "")), rows)
        return cls(path, config, charter, shuffled(rows), split, sha256_file(where))

    @property
    def policy(self) -> tuple[Any, ...]:
        """What answered, and how it was asked."""
        return tuple(self.config.get(key) for key in POLICY)

    def identity(self) -> dict[str, Any]:
        """For `certificate.json`."""
        return {
            "name": self.path.resolve().name,
            "policy": {key: self.config.get(key) for key in POLICY},
            "config_sha256": self.config.get("sha256"),
            "judgements_sha256": self.judgements_sha256,
        }


def charter_of(run: EvaluatedRun, source: str | Path | None) -> Charter:
    """Open the charter that a run was judged under.

    Args:
        run: the run.
        source: where the charter is now; None to look where the run found it.

    Raises:
        ConfigurationError: if it is not there, or has another hash.
    """
    named = source if source is not None else run.config.get("charter")
    if not isinstance(named, str | Path):
        raise ConfigurationError(f"{run.path / 'config.json'}: charter: not named; give --charter FOLDER")
    charter = Charter.open(named)
    if charter.sha256 != run.charter["sha256"]:
        raise ConfigurationError(
            f"{run.path}: was judged under charter {run.charter['sha256'][:12]}, and {charter.root} is now "
            f"{charter.sha256[:12]}; evaluate again under it, or give the old one with --charter"
        )
    return charter


def refuse_other_charters(runs: Sequence[EvaluatedRun]) -> None:
    """Raise ConfigurationError unless all runs were judged under one charter."""
    for run in runs[1:]:
        if run.charter["sha256"] != runs[0].charter["sha256"]:
            raise ConfigurationError(
                f"{runs[0].path} and {run.path} were judged under different charters; evaluate both under one"
            )


def _check_rows(rows: Sequence[dict[str, Any]], charter: dict[str, str], where: Path) -> None:
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        texts = all(isinstance(row.get(key), str) for key in ("id", "prompt"))
        tables = all(isinstance(row.get(key), dict) for key in ("labels", "costs", "charter"))
        if not texts or not tables or not row["id"]:
            raise ConfigurationError(f"{where}: row {number}: id, prompt, labels, costs or charter is missing")
        if row["charter"].get("sha256") != charter["sha256"]:
            raise ConfigurationError(f"{where}: row {number}: judged under another charter than charter.json says")
        if row["id"] in seen:
            raise ConfigurationError(
                f"{where}: row {number}: id {row['id'][:60]!r} occurs twice; rows that share a prompt are not "
                "independent, and a certificate needs one answer a prompt"
            )
        seen.add(row["id"])
