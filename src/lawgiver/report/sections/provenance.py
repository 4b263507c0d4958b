"""Where every number comes from, how it was computed, and what is not claimed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lawgiver.report.material import EvaluationRun, Material, Run
from lawgiver.report.words import listed, short_hash

METHODS = {
    "bca": "bias-corrected and accelerated bootstrap over scenarios",
    "percentile": "percentile bootstrap over scenarios",
    "clopper_pearson": "Clopper–Pearson (exact) for shares",
    "wilson": "Wilson for shares",
}

TESTS = {
    "sign_flip_exact": "all sign flips of the differences",
    "sign_flip_monte_carlo": "random sign flips of the differences",
}
SCORERS = {
    "fitted": "Judged by models fitted on the charter's own labelled answers",
    "llm": "Judged by a language model",
    "lexical": "Read off the text by fixed rules",
    "preference_model": "Scored by a reward or cost model; the one that trains a policy never evaluates it",
}


def build(material: Material) -> dict[str, Any] | None:
    """Runs with their hashes and settings, environment, methods, limits."""
    runs: list[tuple[str, Run]] = [(run.label, run) for run in material.runs.values()]
    if material.align:
        runs.append(("training", material.align))
    return {
        "runs": [run_facts(label, run) for label, run in runs],
        "environments": environments(runs),
        "charter": material.any_run.charter if material.any_run else {},
        "methods": _methods(material),
        "agreement": _flat(material.agreement),
        "evidence": (evidence := _evidence(material)),
        "fitted": any(family == "fitted" for family, _, _ in evidence),
        "training": material.align is not None or "aligned" in material.runs,
    }


def run_facts(label: str, run: Run, *, config: bool = True) -> dict[str, Any]:
    """A run's hashes and, if wanted, its settings."""
    return {
        "label": label,
        "config": json.dumps(run.config, ensure_ascii=False, indent=2) if run.config and config else "",
        "hashes": [(name, sha256, short_hash(sha256)) for name, sha256 in run.hashes.items()],
    }


def environments(runs: Sequence[tuple[str, Run]]) -> list[dict[str, Any]]:
    """Runs that were made in one and the same environment share an entry."""
    found: dict[str, dict[str, Any]] = {}
    for label, run in runs:
        same = {key: value for key, value in run.environment.items() if key != "started"}
        entry = found.setdefault(json.dumps(same, sort_keys=True), {"labels": [], "started": [], "facts": _facts(same)})
        entry["labels"].append(label)
        if started := run.environment.get("started"):
            entry["started"].append(str(started))
    return [
        {"labels": listed(e["labels"]), "started": min(e["started"], default=""), "facts": e["facts"]}
        for e in found.values()
    ]


def _facts(environment: dict[str, Any]) -> list[tuple[str, str]]:
    machine = environment.get("machine") or {}
    commit = environment.get("commit")
    tree = ", with uncommitted changes" if environment.get("dirty") else ", clean tree" if commit else ""
    parts = [machine.get("system"), machine.get("processor")]
    if machine.get("cores"):
        parts.append(f"{machine['cores']} cores")
    if machine.get("memory_gib"):
        parts.append(f"{machine['memory_gib']} GiB memory")
    packages = environment.get("packages") or {}
    facts = [
        ("Commit", f"{commit}{tree}" if commit else "not recorded: not run from a source tree"),
        ("Machine", ", ".join(str(part) for part in parts if part) or "not recorded"),
        ("Python", str(environment.get("python", "not recorded"))),
        ("Packages", ", ".join(f"{name} {version}" for name, version in packages.items()) or "not recorded"),
    ]
    return facts if environment else []


def _methods(material: Material) -> list[str]:
    seen: dict[str, None] = {}
    for run in material.runs.values():
        seen |= dict.fromkeys(_methods_of(run))
    said = [f"Intervals of single runs: {listed([METHODS.get(m, m) for m in seen])}."] if seen else []
    tests = {
        TESTS.get(str(metric["test"]), str(metric["test"]))
        for comparison in material.comparisons
        for metric in comparison.get("metrics", [])
        if metric.get("test")
    }
    if tests:
        said.append(
            "Changes are paired by scenario: the bootstrap resamples scenarios, not rows. p is two-sided, from "
            f"{listed(sorted(tests), 'or')}, and corrected by Holm over all metrics of one comparison."
        )
    if said:
        said.append("Scores that abstained or failed are counted beside the mean, never averaged in as 0.")
    return said


def _methods_of(run: EvaluationRun) -> list[str]:
    intervals = [metric.get("interval") or {} for metric in run.metrics.values()]
    intervals += [run.summary.get(key) or {} for key in ("gated", "truncated")]
    return [str(interval["method"]) for interval in intervals if "method" in interval]


def _evidence(material: Material) -> list[tuple[str, str, list[str]]]:
    """Family of scorers, in words, and the evidence fields it gives."""
    families: dict[str, list[str]] = {}
    for name, field in material.spec.evidence.items() if material.spec else []:
        families.setdefault(field.scorer.partition(".")[0], []).append(name)
    return [(family, SCORERS.get(family, f"By {family}"), names) for family, names in families.items()]


def _flat(document: Any, prefix: str = "", depth: int = 0) -> list[tuple[str, str]]:
    """A nested document as lines of path and value; long lists are counted, not shown."""
    if isinstance(document, dict) and depth < 4:
        return [
            line
            for key, value in document.items()
            for line in _flat(value, f"{prefix} › {key}" if prefix else str(key), depth + 1)
        ]
    if isinstance(document, float):
        return [(prefix, f"{document:.3f}")]
    if isinstance(document, list) and len(json.dumps(document, default=str)) > 80:
        return [(prefix, f"{len(document)} entries")]
    return [(prefix, str(document))] if prefix else []
