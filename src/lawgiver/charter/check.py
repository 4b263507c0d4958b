"""Everything about a charter that can be checked before a model is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lawgiver.charter import files
from lawgiver.charter.charter import Charter
from lawgiver.charter.composition import composition_problems
from lawgiver.charter.moves import framework_titles, plain_move
from lawgiver.data import Exchange
from lawgiver.data.duplicates import near_duplicates
from lawgiver.outcome import ConfigurationError
from lawgiver.policy import lint_modules, run_tests

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class CheckReport:
    """What a check found."""

    charter: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    """What must be mended; empty if the charter is sound."""
    remarks: list[str] = field(default_factory=list)
    """What may be as it is."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "charter": self.charter,
            "counts": self.counts,
            "findings": self.findings,
            "remarks": self.remarks,
        }

    def show(self, console: Console) -> None:
        """For people."""
        name = " ".join([self.charter.get("name", "?"), self.charter.get("version", "")])
        counts = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        console.print(f"charter {name} ({self.charter.get('sha256', '')[:12]}): {counts}", markup=False)
        for finding in self.findings:
            console.print(f"error: {finding}", markup=False)
        for remark in self.remarks:
            console.print(f"remark: {remark}", markup=False)
        if not self.findings:
            console.print("fine")


def check_charter(source: str | Path) -> CheckReport:
    """Check keys, policies, tests, scenarios and judges.

    Raises:
        ConfigurationError: if there is no charter, or its `charter.yaml` cannot be read at all.
    """
    charter = Charter.open(source)
    report = CheckReport(charter=charter.identity)
    looks = [_policies, _policy_tests]
    if charter.spec.principles:
        report.counts = {
            "principles": len(charter.spec.principles),
            "constraints": len(charter.spec.constraints),
            "evidence fields": len(charter.spec.evidence),
        }
        looks += [_scenarios, _decides]
    elif (charter.root / "scenarios").exists():
        looks.append(_scenarios)
    if charter.spec.decides_moves:
        looks.append(_decides_moves)
    for look in looks:
        try:
            look(charter, report)
        except ConfigurationError as error:
            report.findings.append(str(error))
    return report


def require_sound(charter: Charter) -> None:
    """Load policies and scorers and decide once, before anything expensive starts.

    Raises:
        ConfigurationError: if the charter could not judge.
    """
    _decides(charter, CheckReport())


def _policies(charter: Charter, report: CheckReport) -> None:
    modules = files.policy_modules(charter.root, tests=True)
    report.counts["policies"] = sum(1 for name in modules if not name.endswith("_test.rego"))
    for finding in lint_modules(modules):
        (report.findings if finding.severity == "error" else report.remarks).append(str(finding))


def _policy_tests(charter: Charter, report: CheckReport) -> None:
    result = run_tests(files.policy_modules(charter.root, tests=True), files.policy_data(charter.root))
    report.counts["tests"] = len(result.results)
    for test in result.results:
        if test.outcome != "pass":
            report.findings.append(f"{test.file}:{test.line}: {test.name}: {test.outcome} {test.message}".rstrip())
    if not result.results:
        report.remarks.append("no test_* rules; `lawgiver charter test` has nothing to run")


def _scenarios(charter: Charter, report: CheckReport) -> None:
    splits = charter.splits()
    report.counts["scenarios"] = sum(len(scenarios) for scenarios in splits.values())
    everything = [scenario for scenarios in splits.values() for scenario in scenarios]
    for pair in near_duplicates([scenario.prompt for scenario in everything]):
        first, second = everything[pair.first].id, everything[pair.second].id
        report.remarks.append(f"scenarios {first} and {second} are near-duplicates")


def _decides(charter: Charter, report: CheckReport) -> None:
    labels = {name: next(iter(values)) for name, values in charter.spec.taxonomy.items()}
    probe = Exchange(
        messages=({"role": "user", "content": "How are you today, and what can you do for me?"},),
        response="I can answer questions. What would you like to know about it today?",
        labels=labels,
        context={"answer_part": "what the assistant can do", "tags": []},
    )
    [judgement] = charter.judge([probe])
    if judgement.failed():
        first = next(
            s for s in [judgement.score, *judgement.values.values(), *judgement.costs.values()] if hasattr(s, "error")
        )
        raise ConfigurationError(f"{charter.root}: the policies cannot judge a plain exchange: {first.error}")
    known = {p.name for p in charter.spec.principles} | {c.name for c in charter.spec.constraints}
    decision = charter.engine.evaluate(charter.policy_input(probe, {k: dict(v) for k, v in judgement.evidence.items()}))
    for name in sorted((decision["values"].keys() | decision["costs"].keys()) - known):
        raise ConfigurationError(
            f"{charter.root}/policies: the decision gives {name!r}, which charter.yaml does not declare"
        )


def _decides_moves(charter: Charter, report: CheckReport) -> None:
    compositions = charter.spec.frameworks or {}
    titles = framework_titles(charter.spec.name, files.policy_modules(charter.root, tests=False))
    report.counts["frameworks"] = len(titles) + len(compositions)
    if not titles:
        package = f"charter.{charter.spec.name}.frameworks.<name>"
        raise ConfigurationError(f"{charter.root}/policies: no framework; write one in a package {package}")
    report.findings += [f"{charter.root}/{files.SPEC}: {each}" for each in composition_problems(compositions, titles)]
    decision = charter.engine.evaluate(charter.move_input(plain_move(charter.parameters)))
    if "error" in decision:
        raise ConfigurationError(f"{charter.root}: the policies cannot decide a plain move: {decision['error']}")
    if decision["action"] != "allow":
        raise ConfigurationError(f"{charter.root}: the policies {decision['action']} a plain move; allow moves")
    rewards = decision.get("rewards", {})
    for name in sorted(rewards.keys() - titles.keys()):
        raise ConfigurationError(f"{charter.root}/policies: the decision rewards {name!r}, which no policy defines")
    silent = sorted(titles.keys() - rewards.keys())
    report.remarks += [f"framework {name} says nothing of a D after CC in the prisoner's dilemma" for name in silent]
