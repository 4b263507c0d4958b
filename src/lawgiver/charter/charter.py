"""The charter: one versioned directory of rules, and `judge`, the only door to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lawgiver.charter import files
from lawgiver.charter.find import find_charter
from lawgiver.charter.judgement import Judgement, settle
from lawgiver.charter.moves import default_parameters, plain_move
from lawgiver.charter.scorers import build_scorers
from lawgiver.charter.spec import CharterSpec
from lawgiver.data import Exchange, Scenario, sha256_bytes
from lawgiver.data.scenario import first_problem, read_scenarios, refuse_shared_ids
from lawgiver.evidence import Scorer, collect
from lawgiver.evidence.preference_model import NAME as PREFERENCE_MODEL
from lawgiver.models.head_card import Role
from lawgiver.outcome import ConfigurationError, Failed
from lawgiver.policy import CanonicalError, Decision, PolicyEngine, canonical_json, denied, load
from lawgiver.reward import charter_score


@dataclass(frozen=True)
class Charter:
    """A loaded charter. Loading checks everything that can be checked without a model."""

    root: Path
    spec: CharterSpec
    sha256: str
    role: Role = "evaluation"
    """What its scores are for; see `for_training`."""

    @classmethod
    def open(cls, source: str | Path) -> Charter:
        """Open a charter by folder, or one that ships with lawgiver by name.

        Raises:
            ConfigurationError: if a file is missing or malformed, naming file and key.
        """
        root = find_charter(source)
        path = root / files.SPEC
        try:
            spec = CharterSpec.model_validate(files.read_yaml(path))
        except ValidationError as error:
            raise ConfigurationError(f"{path}: {first_problem(error)}") from None
        return cls(root, spec, files.charter_sha256(root))

    def for_training(self) -> Charter:
        """The same charter with the preference models that may score what a policy is trained on, if it has any."""
        two = any(field.scorer == PREFERENCE_MODEL for field in self.spec.evidence.values())
        return replace(self, role="training") if two and self.role != "training" else self

    @property
    def identity(self) -> dict[str, str]:
        """Name, version and hash, as every judgement carries them."""
        return {"name": self.spec.name, "version": self.spec.version, "sha256": self.sha256}

    @cached_property
    def _weights(self) -> dict[str, float]:
        return self.spec.weights

    @cached_property
    def engine(self) -> PolicyEngine:
        """The policies, vetted and loaded."""
        modules = files.policy_modules(self.root, tests=False)
        sample = None if self.spec.principles else self.move_input(plain_move(self.parameters))
        return load(modules, files.policy_data(self.root), self.spec.query, sample=sample)

    @cached_property
    def parameters(self) -> dict[str, float]:
        """What its frameworks weigh with unless told otherwise: `parameters` in `policies/data.yaml`."""
        return default_parameters(self.root)

    @cached_property
    def scorers(self) -> list[Scorer]:
        """The scorers of every declared evidence field."""
        return build_scorers(self.root, self.spec, self.role)

    def scenarios(self, split: str) -> list[Scenario]:
        """The scenarios of one split, their labels checked against the taxonomy.

        Raises:
            ConfigurationError: for an unknown or empty split, a malformed row, a repeated id or an unknown label.
        """
        path = self.root / "scenarios" / f"{split}.jsonl"
        if not path.exists():
            present = ", ".join(sorted(p.stem for p in path.parent.glob("*.jsonl"))) or "none"
            raise ConfigurationError(f"{path}: no such split; this charter has: {present}")
        scenarios = read_scenarios(path)
        if not scenarios:
            raise ConfigurationError(f"{path}: no scenarios; write some, or delete the file")
        for scenario in scenarios:
            if problem := self.spec.check_labels(scenario.labels):
                raise ConfigurationError(f"{path}: {scenario.id}: {problem}")
        return scenarios

    def splits(self) -> dict[str, list[Scenario]]:
        """Every split there is.

        Raises:
            ConfigurationError: as `scenarios`, and for an id that stands in two splits.
        """
        names = [path.stem for path in sorted((self.root / "scenarios").glob("*.jsonl"))]
        splits = {name: self.scenarios(name) for name in names}
        refuse_shared_ids(dict(splits))
        return splits

    def judge(self, exchanges: Sequence[Exchange], on_progress: Callable[[int], None] | None = None) -> list[Judgement]:
        """Judge exchanges: evidence, then policy, then one outcome per principle and constraint.

        Never raises for what an exchange contains; a score that could not be made is `Failed`.

        Args:
            exchanges: N exchanges.
            on_progress: called with the number judged since the last call.

        Raises:
            ConfigurationError: if the charter only decides moves of games.
        """
        if not self.spec.principles:
            raise ConfigurationError(
                f"{self.root}: this charter decides moves of games and has no principles to judge an exchange by; "
                "use it with `lawgiver games`"
            )
        judgements: list[Judgement] = []
        for start in range(0, len(exchanges), 256):
            batch = exchanges[start : start + 256]
            judgements += self._judge(batch)
            if on_progress:
                on_progress(len(batch))
        return judgements

    def policy_input(self, exchange: Exchange, evidence: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """What the policies are asked about."""
        return {
            "phase": exchange.phase,
            "messages": [dict(message) for message in exchange.messages],
            "response": exchange.response,
            "labels": dict(exchange.labels),
            "context": dict(exchange.context),
            "evidence": evidence,
        }

    def move_input(self, context: dict[str, Any]) -> dict[str, Any]:
        """What the policies are asked about a move: game, state, move, payoffs and parameters are its context."""
        return self.policy_input(Exchange(messages=(), response="", context=context, phase="move"), {})

    def _judge(self, exchanges: Sequence[Exchange]) -> list[Judgement]:
        evidence = collect(exchanges, self.scorers)
        inputs = [self.policy_input(e, fields) for e, fields in zip(exchanges, evidence, strict=True)]
        decisions = [self._expected(decision) for decision in self.engine.evaluate_batch(inputs)]
        judgements: list[Judgement] = []
        for exchange, fields, asked, decision in zip(exchanges, evidence, inputs, decisions, strict=True):
            error = decision.get("error")
            values = {
                p.name: settle(p.name, decision["values"], p.evidence, fields, error) for p in self.spec.principles
            }
            costs = {
                c.name: settle(c.name, decision["costs"], c.evidence, fields, error) for c in self.spec.constraints
            }
            gated = decision["action"] == "block"
            score = Failed(error) if error else charter_score(values, self._weights, gated=gated)
            judgements.append(
                Judgement(
                    exchange=exchange,
                    action=decision["action"],
                    score=score,
                    values=values,
                    costs=costs,
                    violations=tuple(decision["violations"]),
                    evidence=fields,
                    input_sha256=_input_sha256(asked),
                    charter=self.identity,
                )
            )
        return judgements

    def _expected(self, decision: Decision) -> Decision:
        if "rewards" in decision and not self.spec.decides_moves:
            return denied("the policy's decision has rewards, but charter.yaml has no frameworks")
        return decision


def _input_sha256(asked: dict[str, Any]) -> str:
    try:
        return sha256_bytes(canonical_json(asked))
    except CanonicalError:
        return ""  # no canonical form; the decision has already failed for it
