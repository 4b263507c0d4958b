"""`cells.jsonl`: what was scored so far, a line a cell, so that an interrupted evaluation goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory

FILE = "cells.jsonl"
Row = dict[str, Any]


class Cells:
    """The rows of a run, by id."""

    def __init__(self, run: RunDirectory) -> None:
        """Read what is there; a last line that a crash cut short is dropped."""
        self.run = run
        if run.has(FILE):
            content = (run.path / FILE).read_bytes()
            if not content.endswith(b"\n"):
                atomic_write(run.path / FILE, content[: content.rfind(b"\n") + 1])
        self.rows: dict[str, Row] = {row["id"]: row for row in run.rows_if_any(FILE)}

    def __contains__(self, name: str) -> bool:
        return name in self.rows

    def add(self, row: Mapping[str, Any]) -> None:
        """Keep a row, on disk before anything else is scored."""
        self.rows[row["id"]] = dict(row)
        with (self.run.path / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
