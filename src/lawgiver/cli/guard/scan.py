"""`lawgiver guard scan`."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import typer

from lawgiver.cli.console import progress


def scan(
    guard: Path = typer.Argument(..., help="A guard's folder, trained or exported, or the run that trained it."),
    files: list[str] = typer.Argument(None, help="JSONL, or JSONL.gz; `-`, or no file at all, is stdin."),
    text: bool = typer.Option(False, "--text", help="Every line is a text, not JSON."),
    abstain: bool = typer.Option(True, help="Abstain where a calibrated guard is not sure; else safe or unsafe."),
    calibrated: bool = typer.Option(True, help="Use the guard's calibration; without it, unsafe is above ½."),
    normalise: bool = typer.Option(True, help="Score the text without disguises, and what is encoded in it, as well."),
    batch: int = typer.Option(32, min=1, max=4096, help="Rows that are worked on at once."),
    check: bool = typer.Option(False, "--check", help="Exit with 1 unless every row is safe."),
) -> None:
    """Decide on texts, one JSON line for each row, as they come: safe, unsafe, abstained or failed.

    A row has `text`, or `prompt`, `response` or both, and may have `id` and `language`, whose thresholds then count.

    Example: `lawgiver guard scan guard-int8 texts.jsonl > decisions.jsonl`

    Example: `tail -f chat.log | lawgiver guard scan guard-int8 --text | jq 'select(.decision != "safe")'`

    Exit status: 0 every row has a decision; 1 some row failed, or with --check is not safe; 2 usage, a file that is
    missing, or a guard that does not open; 130 interrupted.
    """
    from lawgiver.guard.scan.rows import check_files, scan_rows
    from lawgiver.guard.scan.run import open_scanner
    from lawgiver.guard.scan.run import scan as scanned

    check_files(files or [])
    scanner = open_scanner(guard, batch=batch, calibrated=calibrated, abstains=abstain, normalised=normalise)
    counts: Counter[str] = Counter()
    out = sys.stdout  # the progress display would take what is written to its own stream
    with nullcontext() if out.isatty() else progress() as display:
        task = display.add_task("scan", total=None, remark="") if display is not None else None
        try:
            for line in scanned(scan_rows(files or [], plain=text), scanner, workers=batch):
                _write(out.buffer, line)
                counts[line["decision"]] += 1
                if display is not None and task is not None:
                    display.update(task, advance=1, remark=_said(counts))
        except BrokenPipeError:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered has nowhere to go
            raise typer.Exit(0) from None
        if display is not None and task is not None:
            display.update(task, total=counts.total())
    if counts["failed"] or (check and counts["safe"] < counts.total()):
        raise typer.Exit(1)


def _write(stream: BinaryIO, line: Mapping[str, Any]) -> None:
    # bytes, since a lone surrogate is none of UTF-8's, and at once, since somebody may be waiting for the line
    stream.write(json.dumps(line, ensure_ascii=False).encode(errors="backslashreplace") + b"\n")
    stream.flush()


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
