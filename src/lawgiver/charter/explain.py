"""Why a charter said what it said of one exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lawgiver.charter import files
from lawgiver.charter.charter import Charter
from lawgiver.charter.judgement import Judgement
from lawgiver.data import Exchange
from lawgiver.policy import FiredRule, fired_rules


@dataclass(frozen=True)
class Explanation:
    """A judgement and the rules behind it."""

    judgement: Judgement
    fired: list[FiredRule]
    """Every rule definition whose conditions held."""

    def rules_for(self, path: str) -> list[FiredRule]:
        """The fired definitions of one rule, e.g. `values.dharma`."""
        return [rule for rule in self.fired if rule.path == path]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        fired = [
            {"path": rule.path, "file": rule.file, "line": rule.line, "source": rule.source} for rule in self.fired
        ]
        return self.judgement.to_json() | {"fired": fired}


def explain_exchange(charter: Charter, exchange: Exchange) -> Explanation:
    """Judge one exchange and trace the rules that fired.

    Raises:
        PolicyError: if the policies crash on it.
    """
    [judgement] = charter.judge([exchange])
    evidence = {name: dict(field) for name, field in judgement.evidence.items()}
    fired = fired_rules(
        files.policy_modules(charter.root, tests=False),
        files.policy_data(charter.root),
        charter.spec.query,
        charter.policy_input(exchange, evidence),
    )
    return Explanation(judgement, fired)
