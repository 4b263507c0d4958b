"""The record of which exchanges have been certified on, beside the runs: an untouched split is touched once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from lawgiver.align.certify.split import Split
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

LEDGER = "certified.jsonl"
MOST_BYTES = 256 << 20


class Use(BaseModel):
    """One use of a split for a certificate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    """The folder's name."""
    made: str
    """When, in UTC."""
    split: str
    n: int
    split_sha256: str
    charter_sha256: str
    question_sha256: str
    """Of everything that decides the certificate."""
    prompts: tuple[str, ...]
    """Sorted short hashes of the prompts."""


def ledger_of(run: Path) -> Path:
    """The ledger of the family of runs that lie in one folder."""
    return run.resolve().parent / LEDGER


def read_ledger(path: Path) -> list[Use]:
    """All uses so far.

    Raises:
        ConfigurationError: if it is too large, or a line is malformed: a ledger that cannot be read permits nothing.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return _parse(file, path)


def claim(path: Path, use: Use, finished: bool) -> list[Use]:
    """Record a use, unless the split was used before; two processes cannot both do so.

    Args:
        path: the ledger; made if it is not there.
        use: what is to be recorded.
        finished: whether the certificate of an earlier use lies there; if not, the same question may be asked again,
            as its answer has not been given.

    Returns:
        Earlier uses of the same prompts under other charters.

    Raises:
        ConfigurationError: if it was used before, or the ledger cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as file:
        uses = _parse(file, path)
        before = refuse_used(uses, use, path, finished)
        if all(earlier.question_sha256 != use.question_sha256 for earlier in uses):
            file.seek(0, os.SEEK_END)
            file.write(use.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
    return before


def refuse_used(uses: Sequence[Use], use: Use, path: Path, finished: bool) -> list[Use]:
    """Check one use against earlier ones; see `claim`."""
    others: list[Use] = []
    for earlier in uses:
        if earlier.question_sha256 == use.question_sha256 and not finished:
            continue
        shared = len(set(earlier.prompts) & set(use.prompts))
        if not shared and earlier.split_sha256 != use.split_sha256:
            continue
        if earlier.charter_sha256 != use.charter_sha256:
            others.append(earlier)
            continue
        what = "this very split was" if earlier.split_sha256 == use.split_sha256 else f"{shared} of its prompts were"
        raise ConfigurationError(
            f"{path}: {what} certified on before, by {earlier.run} at {earlier.made}; a split is untouched once. "
            "Read the certificate of that run, or evaluate on scenarios that nobody has looked at"
        )
    return others


def use_of(run: str, made: str, split: Split, charter_sha256: str, question_sha256: str) -> Use:
    """The use of a split."""
    return Use(
        run=run,
        made=made,
        split=split.name,
        n=split.n,
        split_sha256=split.sha256,
        charter_sha256=charter_sha256,
        question_sha256=question_sha256,
        prompts=tuple(sorted(split.prompts)),
    )


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    """The ledger, held by this process alone until it is closed; a process that dies lets go."""
    import fcntl

    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _parse(file: IO[str], path: Path) -> list[Use]:
    if os.fstat(file.fileno()).st_size > MOST_BYTES:
        raise ConfigurationError(f"{path}: larger than {MOST_BYTES >> 20} MiB; begin a new folder of runs")
    file.seek(0)
    uses: list[Use] = []
    for number, line in enumerate(file.read().split("\n"), 1):
        if not line:
            continue
        try:
            document: Any = json.loads(line)
            uses.append(Use.model_validate(document))
        except ValidationError as error:
            raise ConfigurationError(f"{path}:{number}: {first_problem(error)}") from None
        except (ValueError, RecursionError):
            raise ConfigurationError(
                f"{path}:{number}: not a use of a split; mend the line, for without it a second use would go unseen"
            ) from None
    return uses
