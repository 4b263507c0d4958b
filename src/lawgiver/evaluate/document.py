"""The document that a page of several runs is drawn from: `compare.json`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lawgiver.data.rundir import RunDirectory


def comparison_document(
    title: str,
    runs: Mapping[str, RunDirectory],
    labels: Mapping[str, str],
    comparisons: Sequence[Mapping[str, Any]],
    folder: Path,
) -> dict[str, Any]:
    """Name the runs, where they lie as seen from `folder`, and what was compared."""
    return {
        "title": title,
        "runs": {
            name: {"label": labels[name], "path": os.path.relpath(run.path, folder)} for name, run in runs.items()
        },
        "comparisons": list(comparisons),
    }
