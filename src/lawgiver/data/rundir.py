"""A run directory: what was asked, on what machine, under which charter, and what came of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write, read_jsonl, read_text, sha256_bytes, write_jsonl
from lawgiver.outcome import ConfigurationError

PACKAGES = ("lawgiver", "gordon-to-regorus", "numpy", "scikit-learn", "torch", "transformers", "trl", "peft")


@dataclass(frozen=True)
class RunDirectory:
    """One folder per run, JSON and JSONL first."""

    path: Path

    @classmethod
    def create(
        cls, path: Path, config: Mapping[str, Any], charter: Mapping[str, str], *, resume: bool = False
    ) -> RunDirectory:
        """Start a run, or take one up that has the same configuration and charter.

        Raises:
            ConfigurationError: if the folder holds a run, and `resume` is not set or it is another run.
        """
        run = cls(path)
        document = dict(config)
        document["sha256"] = sha256_bytes(json.dumps(document, sort_keys=True).encode())
        if (path / "config.json").exists():
            if not resume:
                raise ConfigurationError(f"{path}: holds a run already; give another folder, or resume it")
            before = run.read("config.json")
            if before.get("sha256") != document["sha256"]:
                changed = sorted(key for key in before.keys() | document.keys() if before.get(key) != document.get(key))
                changed.remove("sha256")
                raise ConfigurationError(f"{path}: was begun with other settings: {', '.join(changed)}")
            if run.read("charter.json") != dict(charter):
                raise ConfigurationError(f"{path}: was begun under another charter ({run.read('charter.json')})")
            return run
        run.write("charter.json", dict(charter))
        run.write("environment.json", environment())
        run.write("config.json", document)
        return run

    def write(self, name: str, document: Any) -> None:
        """Write one JSON document, atomically."""
        atomic_write(self.path / name, json.dumps(document, ensure_ascii=False, indent=1) + "\n")

    def read(self, name: str) -> Any:
        """Read one JSON document.

        Raises:
            ConfigurationError: if it is missing or malformed.
        """
        try:
            return json.loads(read_text(self.path / name))
        except json.JSONDecodeError as error:
            raise ConfigurationError(f"{self.path / name}: not JSON ({error.msg})") from None

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).exists()

    def log(self, row: Mapping[str, Any]) -> None:
        """Append one line to `metrics.jsonl`."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of `metrics.jsonl`; empty if there are none yet."""
        return self.rows_if_any("metrics.jsonl")

    def rewind_metrics(self, step: int) -> None:
        """Drop the lines after a step, which a resumed run will write again, and a last one that a crash cut short."""
        if self.has("metrics.jsonl"):
            content = (self.path / "metrics.jsonl").read_bytes()
            atomic_write(self.path / "metrics.jsonl", content[: content.rfind(b"\n") + 1])
        write_jsonl(self.path / "metrics.jsonl", [row for row in self.metrics() if row["step"] <= step])

    def write_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write a JSONL file, atomically."""
        write_jsonl(self.path / name, rows)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Read a JSONL file."""
        return read_jsonl(self.path / name)

    def rows_if_any(self, name: str) -> list[dict[str, Any]]:
        """Read a JSONL file; empty if it has not been written yet."""
        return self.rows(name) if self.has(name) else []


@cache
def environment() -> dict[str, Any]:
    """Versions, commit and machine, as far as they can be told."""
    packages: dict[str, str] = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": packages,
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": {
            "system": platform.system(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gib": _memory_gib(),
        },
    }


def _git(*arguments: str) -> str | None:
    """What git says about the source tree, None where lawgiver does not run from one."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (OSError, ValueError, AttributeError):
        return None
