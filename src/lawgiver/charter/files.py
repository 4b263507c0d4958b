"""Where a charter's files are, what they say in canonical form, and the hash of it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rfc8785
import yaml

from lawgiver.data.files import read_jsonl, read_text, sha256_bytes
from lawgiver.outcome import ConfigurationError

SPEC = "charter.yaml"
POLICY_DATA = "policies/data.yaml"
JUDGES = "fitted/judges.npz"
AGREEMENT = "fitted/agreement.json"
SPLITS = ("train", "dev", "test")
PARTS = ("charter.yaml", "policies/*.rego", "policies/*.yaml", "rubrics/*.md", "labels/*.jsonl")
PARTS_MADE_OR_MEASURED = ("fitted/judges.npz", "scenarios/*.jsonl")


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping with the safe loader.

    Raises:
        ConfigurationError: naming file, line and column of the first problem.
    """
    try:
        document = yaml.safe_load(read_text(path))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigurationError(f"{where}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: a mapping of keys is wanted, not {type(document).__name__}")
    return document


def canonical(path: Path) -> bytes:
    """The content that counts: YAML and JSONL without layout and comments, text with LF line ends.

    Raises:
        ConfigurationError: if the file is malformed.
    """
    if path.suffix == ".yaml":
        return _json(read_yaml(path), path)
    if path.suffix == ".jsonl":
        return b"\n".join(_json(row, path) for row in read_jsonl(path))
    if path.suffix == ".npz":
        return path.read_bytes()
    # not str.splitlines(), for a comment ends at a line feed and at none of the other breaks
    return read_text(path).removesuffix("\n").encode()


def _json(document: Any, path: Path) -> bytes:
    try:
        return rfc8785.dumps(document)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise ConfigurationError(f"{path}: has no canonical JSON: {error}") from None


def manifest(root: Path) -> dict[str, str]:
    """Relative path → sha256 of the canonical content, over every part of the charter."""
    paths = [path for pattern in PARTS + PARTS_MADE_OR_MEASURED for path in root.glob(pattern)]
    return {path.relative_to(root).as_posix(): sha256_bytes(canonical(path)) for path in sorted(paths)}


def charter_sha256(root: Path) -> str:
    """One hash over names and canonical content: layout and comments in YAML do not change it, rules do."""
    return sha256_bytes(rfc8785.dumps(manifest(root)))


def policy_modules(root: Path, *, tests: bool) -> dict[str, str]:
    """File name → Rego source; with or without the `*_test.rego` beside the rules.

    Raises:
        ConfigurationError: if the charter has no policy.
    """
    paths = sorted((root / "policies").glob("*.rego"))
    modules = {
        f"policies/{path.name}": read_text(path) for path in paths if tests or not path.name.endswith("_test.rego")
    }
    if not modules:
        raise ConfigurationError(f"{root}/policies: no .rego file; a charter needs at least one policy")
    return modules


def policy_data(root: Path) -> dict[str, Any]:
    """The data document that the rules look things up in; empty if there is none."""
    path = root / POLICY_DATA
    return read_yaml(path) if path.exists() else {}


def label_rows(root: Path) -> list[dict[str, Any]]:
    """All labelled responses, file by file."""
    return [row for path in sorted((root / "labels").glob("*.jsonl")) for row in read_jsonl(path)]
