"""Policies in Rego: load, evaluate, lint and test them.

`load` turns sources into a `PolicyEngine`. An engine answers every input with a `Decision`; where it cannot,
the decision is to block, and says why.
"""

from lawgiver.policy.canonical import CanonicalError, canonical_json, parse
from lawgiver.policy.decision import ACTIONS, SEVERITIES, Decision, Violation, denied, validate_decision
from lawgiver.policy.embedded import EmbeddedEngine, engine_version
from lawgiver.policy.engine import PolicyEngine
from lawgiver.policy.lint import Finding, lint_modules
from lawgiver.policy.loading import load
from lawgiver.policy.testrunner import Coverage, PolicyTestReport, PolicyTestResult, run_tests
from lawgiver.policy.trace import FiredRule, fired_rules

__all__ = [
    "ACTIONS",
    "SEVERITIES",
    "CanonicalError",
    "Coverage",
    "Decision",
    "EmbeddedEngine",
    "Finding",
    "FiredRule",
    "PolicyEngine",
    "PolicyTestReport",
    "PolicyTestResult",
    "Violation",
    "canonical_json",
    "denied",
    "engine_version",
    "fired_rules",
    "lint_modules",
    "load",
    "parse",
    "run_tests",
    "validate_decision",
]
