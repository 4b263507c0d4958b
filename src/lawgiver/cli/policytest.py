"""How the result of policy tests is printed."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from lawgiver.policy import PolicyTestReport


def show_tests(report: PolicyTestReport, console: Console) -> None:
    """One line per test that did not pass, coverage per file, and a closing count."""
    for result in report.results:
        if result.outcome != "pass":
            said = f": {escape(result.message)}" if result.message else ""
            console.print(f"[bold]{result.outcome}[/] {result.file}:{result.line} {result.name}{said}")
    for file, coverage in sorted(report.coverage.items()):
        missed = f"  not reached: {_ranges(coverage.not_covered)}" if coverage.not_covered else ""
        console.print(f"{coverage.ratio:6.1%}  {file}{missed}")
    passed = sum(result.outcome == "pass" for result in report.results)
    console.print(f"{passed} passed, {len(report.results) - passed} failed")
    if not report.results:
        console.print("no test_* rule found; write some in policies/*_test.rego")


def tests_to_json(report: PolicyTestReport) -> dict[str, Any]:
    """The same for programs."""
    return {
        "passed": report.passed,
        "tests": [
            {
                "name": result.name,
                "file": result.file,
                "line": result.line,
                "outcome": result.outcome,
                "message": result.message,
            }
            for result in report.results
        ],
        "coverage": {
            file: {"ratio": coverage.ratio, "not_covered": list(coverage.not_covered)}
            for file, coverage in report.coverage.items()
        },
    }


def _ranges(lines: tuple[int, ...]) -> str:
    """`1-3, 7` for 1, 2, 3, 7."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
