"""Run a policy's own tests: rules named `test_*` in files named `*_test.rego`, as `opa test` would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lawgiver.outcome import PolicyError
from lawgiver.policy.canonical import canonical_json
from lawgiver.policy.embedded import MAX_DATA_BYTES
from lawgiver.policy.isolate import Answer, IsolatedRun, run_isolated
from lawgiver.policy.lint import TEST_SUFFIX, lint_run
from lawgiver.policy.messages import read_message
from lawgiver.policy.syntax import read_module


@dataclass(frozen=True, slots=True)
class PolicyTestResult:
    """One test."""

    name: str
    """Its full path, e.g. `data.charter.medical_test.test_refusal`."""
    file: str
    line: int
    outcome: str
    """`pass` (true), `fail` (false, undefined or any other value) or `error`."""
    message: str
    """Why it did not pass; empty if it did."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which lines of one file the tests evaluated; one evaluated expression makes its line covered."""

    covered: tuple[int, ...]
    not_covered: tuple[int, ...]

    @property
    def ratio(self) -> float:
        """Share of the lines that can be evaluated, 0 to 1; 1 for a file that has none."""
        lines = len(self.covered) + len(self.not_covered)
        return len(self.covered) / lines if lines else 1.0


@dataclass(frozen=True, slots=True)
class PolicyTestReport:
    """What a policy's tests showed."""

    results: tuple[PolicyTestResult, ...]
    coverage: Mapping[str, Coverage]
    """Policy file → its coverage, test files left out; empty when a crash left none to report."""

    @property
    def passed(self) -> bool:
        """Whether every test passed and there was at least one: no tests is no evidence."""
        return bool(self.results) and all(result.outcome == "pass" for result in self.results)


def run_tests(
    modules: Mapping[str, str], data: Mapping[str, Any] | None = None, *, time_limit_s: float = 60.0
) -> PolicyTestReport:
    """Run all tests in another process; a test that crashes or hangs is an error, and so are those after it.

    Args:
        modules: file name → Rego source, policies and tests.
        data: the `data` document the rules see.
        time_limit_s: wall-clock seconds for all tests together.

    Raises:
        PolicyError: if the modules do not parse or compile, or a rule depends on itself.
        CanonicalError: if the data has no canonical JSON.
    """
    data_json = canonical_json(dict(data or {}), max_bytes=MAX_DATA_BYTES).decode()
    parsed = run_isolated(modules, data_json, time_limit_s=time_limit_s)
    blocking = [each for each in lint_run(parsed) if each.rule in ("parse", "compile", "bodyless-head", "recursion")]
    if blocking:
        raise PolicyError("\n".join(str(finding) for finding in blocking))
    if parsed.crash or parsed.ast is None:
        raise PolicyError(f"the tests cannot run: {parsed.crash}")
    found: dict[str, tuple[str, int]] = {}
    for module in map(read_module, parsed.ast):
        if module.file.endswith(TEST_SUFFIX):
            for rule in module.rules:
                if rule.kind == "rule" and rule.path[-1].startswith("test_"):
                    found.setdefault(".".join(("data", *rule.path)), (module.file, rule.line))
    run = run_isolated(modules, data_json, [(name, None) for name in found], coverage=True, time_limit_s=time_limit_s)
    results = tuple(
        PolicyTestResult(name, *place, *_verdict(run, index)) for index, (name, place) in enumerate(found.items())
    )
    return PolicyTestReport(results, _coverage(run))


def _verdict(run: IsolatedRun, index: int) -> tuple[str, str]:
    if index < len(run.answers):
        return _judge(run.answers[index])
    return "error", run.crash if index == len(run.answers) else f"not run: {run.crash}"


def _judge(answer: Answer) -> tuple[str, str]:
    match answer.kind:
        case "true":
            return "pass", ""
        case "undefined":
            return "fail", "undefined: some condition in it does not hold"
        case "other":
            return "fail", "not true"
        case kind:
            said = str(read_message(answer.text))
            return "error", said if kind == "error" else f"the engine panicked: {said}"


def _coverage(run: IsolatedRun) -> dict[str, Coverage]:
    return {
        each["path"]: Coverage(tuple(each["covered"]), tuple(each["not_covered"]))
        for each in run.coverage
        if not each["path"].endswith(TEST_SUFFIX)
    }
