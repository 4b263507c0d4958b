"""Which rules fired for one input: the engine's line coverage, read against its syntax tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lawgiver.outcome import PolicyError
from lawgiver.policy.canonical import canonical_json
from lawgiver.policy.isolate import run_isolated
from lawgiver.policy.syntax import read_module


@dataclass(frozen=True, slots=True)
class FiredRule:
    """One definition of a rule whose conditions held."""

    path: str
    """Below the package, e.g. `values.dharma`."""
    file: str
    line: int
    source: str
    """The definition's first line."""


def fired_rules(
    modules: Mapping[str, str], data: Mapping[str, Any], query: str, input: Mapping[str, Any]
) -> list[FiredRule]:
    """The rule definitions that contributed to one decision, in order of file and line.

    The head of a definition is evaluated once its body holds, so a covered head is a rule that fired. Where head
    and condition share one line the two cannot be told apart, and the rule is listed as fired.

    Raises:
        PolicyError: if the policy does not parse or crashes on the input.
        CanonicalError: if data or input has no canonical JSON.
    """
    run = run_isolated(
        modules,
        canonical_json(dict(data)).decode(),
        [(query, canonical_json(dict(input)).decode())],
        coverage=True,
    )
    if run.crash or run.ast is None or not run.answers:
        raise PolicyError(f"the policy cannot be traced: {run.crash or 'it does not parse'}")
    covered = {each["path"]: set(each["covered"]) for each in run.coverage}
    fired: list[FiredRule] = []
    for module in map(read_module, run.ast):
        lines = module.source.decode(errors="replace").splitlines()
        depth = len(module.package)
        for rule in module.rules:
            if rule.kind == "rule" and rule.line in covered.get(module.file, set()):
                path = ".".join(rule.path[depth:])
                fired.append(FiredRule(path, module.file, rule.line, lines[rule.line - 1].strip()))
    return sorted(fired, key=lambda rule: (rule.file, rule.line))
