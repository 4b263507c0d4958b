"""Which of several candidates to certify, chosen on a split that the certificate does not touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lawgiver.align.certify.finding import Finding
from lawgiver.align.certify.reading import EvaluatedRun
from lawgiver.outcome import ConfigurationError

RULE = (
    "the highest charter score among candidates whose constraints all pass on the selection split; "
    "where none does, the one whose worst bound lies least above its threshold"
)


@dataclass(frozen=True)
class Candidate:
    """One run on the selection split, with what it shows there."""

    run: EvaluatedRun
    score: float | None
    """Mean charter score, None if nothing was scored."""
    findings: tuple[Finding, ...]

    @property
    def passes(self) -> bool:
        """Whether every constraint passes there."""
        return all(finding.outcome == "PASS" for finding in self.findings)

    @property
    def excess(self) -> float:
        """How far the worst upper bound lies above its threshold."""
        return max(
            (float("inf") if finding.high is None else finding.high - finding.threshold for finding in self.findings),
            default=float("inf"),
        )

    def to_json(self) -> dict[str, Any]:
        """For `certificate.json`."""
        return {
            **self.run.identity(),
            "score": self.score,
            "passes": self.passes,
            "constraints": [
                {"name": f.name, "outcome": f.outcome, "estimate": f.estimate, "high": f.high} for f in self.findings
            ],
        }


def mean_score(run: EvaluatedRun) -> float | None:
    """The mean charter score of what was scored."""
    scores = [row.get("score", {}).get("value") for row in run.rows]
    measured = [float(score) for score in scores if isinstance(score, int | float) and not isinstance(score, bool)]
    return sum(measured) / len(measured) if measured else None


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Choose by `RULE`; of equals the first."""

    def worth(candidate: Candidate) -> tuple[bool, float]:
        score = float("-inf") if candidate.score is None else candidate.score
        return candidate.passes, score if candidate.passes else -candidate.excess

    return max(candidates, key=worth)


def refuse_selected_on(run: EvaluatedRun, others: Sequence[EvaluatedRun]) -> None:
    """Check that a run's exchanges were not looked at when it was chosen.

    Raises:
        ConfigurationError: if a run that was chosen on shares a prompt with it.
    """
    for other in others:
        if shared := run.split.shared(other.split.prompts):
            raise ConfigurationError(
                f"{run.path}: {shared} of its {len(run.split.prompts)} prompts were used for selection in "
                f"{other.path}; certify on a split that selection did not touch"
            )


def same_policy(chosen: EvaluatedRun, runs: Sequence[EvaluatedRun]) -> EvaluatedRun:
    """The run of the chosen policy among those that may be certified.

    Raises:
        ConfigurationError: if there is none, or more than one.
    """
    found = [run for run in runs if run.policy == chosen.policy]
    if len(found) != 1:
        settings = ", ".join(f"{key} {value}" for key, value in chosen.identity()["policy"].items())
        raise ConfigurationError(
            f"{chosen.path} was chosen, and {len(found)} of the runs to certify are of its policy ({settings}); "
            "evaluate it on the untouched split, and give that run once"
        )
    return found[0]
