"""An explanation as a tree: principle ← value ← rules that fired ← evidence."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.tree import Tree

from lawgiver.charter import CharterSpec
from lawgiver.charter.explain import Explanation
from lawgiver.outcome import Abstained, Failed, Outcome, Value
from lawgiver.policy import FiredRule


def explanation_tree(spec: CharterSpec, explanation: Explanation) -> Tree:
    """Draw one explanation."""
    judgement = explanation.judgement
    tree = Tree(f"[bold]{judgement.action}[/] · score {_outcome(judgement.score)} · {spec.name} {spec.version}")
    for principle in spec.principles:
        branch = tree.add(f"[bold]{escape(principle.title)}[/]  {_outcome(judgement.values[principle.name])}")
        _add_rules(branch, explanation.rules_for(f"values.{principle.name}"))
        _add_evidence(branch, principle.evidence, judgement.evidence)
    for constraint in spec.constraints:
        cost = _outcome(judgement.costs[constraint.name])
        branch = tree.add(f"[bold]{escape(constraint.title)}[/]  cost {cost} (mean ≤ {constraint.threshold:g})")
        _add_rules(branch, explanation.rules_for(f"costs.{constraint.name}"))
        _add_evidence(branch, constraint.evidence, judgement.evidence)
    violations = tree.add("[bold]violations[/]" if judgement.violations else "no violations")
    for violation in judgement.violations:
        text = f"{violation['severity']}  {violation['rule']}: {violation['message']}"
        violations.add(escape(text))
    if judgement.violations:
        _add_rules(violations, explanation.rules_for("violations"))
    return tree


def _outcome(outcome: Outcome[float]) -> str:
    match outcome:
        case Value(value):
            return f"{value:.2f}"
        case Abstained(reason):
            return f"abstained ({escape(reason)})"
        case Failed(error):
            return f"failed ({escape(error)})"


def _add_rules(branch: Tree, rules: list[FiredRule]) -> None:
    for rule in rules:
        branch.add(f"{rule.file}:{rule.line}  [dim]{escape(rule.source)}[/]")


def _add_evidence(branch: Tree, fields: list[str], evidence: Any) -> None:
    for name in fields:
        field = evidence[name]
        if "value" in field:
            said = str(field["value"])
        else:
            said = next(f"{kind}: {field[kind]}" for kind in ("abstained", "failed") if kind in field)
        spread = ", ".join(f"{key} {p:.2f}" for key, p in field.get("probabilities", {}).items())
        branch.add(escape(f"{name} = {said}" + (f"  ({spread})" if spread else "") + f"  by {field['scorer']}"))
