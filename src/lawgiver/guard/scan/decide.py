"""From what the guard says of a row's readings to one decision: unsafe, safe, abstained or failed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lawgiver.guard.classifier.heads import UNSAFE
from lawgiver.guard.scan.views import View, places
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.classifier.calibration import Calibration
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Abstained, Failed, Outcome, Value


class Decision(StrEnum):
    """What a row comes to."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    ABSTAINED = "abstained"
    """Nothing in it could be read, not all of it was, or the guard is not sure enough."""
    FAILED = "failed"
    """Nobody looked: the row is malformed, or the guard broke over it."""


@dataclass(frozen=True)
class Rule:
    """How scores become decisions."""

    calibration: Calibration | None = None
    """None flags above ½ and is never unsure."""
    abstains: bool = True
    """Whether to abstain between the two thresholds of the calibration."""

    def flagged(self, output: str, p: float, language: str) -> bool:
        """Whether what the guard itself says is above the output's threshold."""
        if self.calibration is None or output not in self.calibration.outputs:
            return p > 0.5
        fit = self.calibration.outputs[output].of(language)
        return fit.log_odds(p) > fit.flag_above

    def unsure(self, p: float, language: str) -> bool:
        """Whether it is neither flagged nor surely safe."""
        return self.calibration is not None and self.calibration.outputs[UNSAFE].of(language).unsure(p)

    def probability(self, output: str, p: float, language: str) -> float:
        """The calibrated probability."""
        if self.calibration is None or output not in self.calibration.outputs:
            return p
        return self.calibration.outputs[output].of(language).probability(p)

    def threshold(self, language: str) -> float:
        """The calibrated probability above which `unsafe` is flagged."""
        if self.calibration is None:
            return 0.5
        return 1 / (1 + math.exp(-self.calibration.outputs[UNSAFE].of(language).flag_above))


def decide(
    views: Sequence[View], outcomes: Sequence[Outcome[Prediction]], rule: Rule, *, unseen: str = ""
) -> dict[str, Any]:
    """The decision on a row, with what led to it. The worst that counts decides; what was not read is never safe.

    Args:
        views: V ≥ 1 readings.
        outcomes: what the guard itself says of each, uncalibrated.
        rule: thresholds.
        unseen: why not all of the row is among the readings; empty if it is.
    """
    language = views[0].example.language
    every = [(view, outcome.value) for view, outcome in zip(views, outcomes, strict=True) if isinstance(outcome, Value)]
    read = [(view, prediction) for view, prediction in every if view.counts]
    scores = _scores(read, rule, language)
    if beside := [prediction.probabilities[UNSAFE] for view, prediction in every if not view.counts]:
        scores["as_written"] = _shown(rule.probability(UNSAFE, beside[0], language))
    worst = max((p.probabilities[UNSAFE] for _, p in read), default=0.0)
    if read and rule.flagged(UNSAFE, worst, language):
        return {"decision": Decision.UNSAFE, **scores}
    failed = next((outcome.error for outcome in outcomes if isinstance(outcome, Failed)), None)
    if failed is not None:
        return {"decision": Decision.FAILED, "reason": failed, **scores}
    reason = next((outcome.reason for outcome in outcomes if isinstance(outcome, Abstained)), unseen)
    if not reason and rule.abstains and rule.unsure(worst, language):
        reason = "neither surely safe nor likely enough unsafe to be flagged"
    if reason:
        return {"decision": Decision.ABSTAINED, "reason": reason, **scores}
    return {"decision": Decision.SAFE, **scores}


def _scores(read: Sequence[tuple[View, Prediction]], rule: Rule, language: str) -> dict[str, Any]:
    """Probabilities, the categories that are flagged, and where the worst window lies; nothing if nothing was read."""
    if not read:
        return {"unsafe": None, "threshold": _shown(rule.threshold(language))}
    highest = {name: max(p.probabilities[name] for _, p in read) for name in (UNSAFE, *NAMES)}
    view, prediction = max(read, key=lambda each: each[1].probabilities[UNSAFE])
    return {
        "unsafe": _shown(rule.probability(UNSAFE, highest[UNSAFE], language)),
        "threshold": _shown(rule.threshold(language)),
        "categories": {name: _shown(rule.probability(name, highest[name], language)) for name in NAMES},
        "flagged": [name for name in NAMES if rule.flagged(name, highest[name], language)],
        "where": {"view": view.name, **places(view.example, prediction.spans[UNSAFE])},
        "windows": prediction.windows,
    }


def _shown(p: float) -> float:
    return round(p, 6)
