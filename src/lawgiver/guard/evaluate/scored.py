"""Questions with their outcomes, as arrays that metrics take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lawgiver.guard.evaluate.plan import Question
from lawgiver.outcome import Abstained, Failed

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Line: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Scored:
    """N questions and what came of them."""

    questions: tuple[Question, ...]
    lines: tuple[Line, ...]
    """Their lines of `scores.jsonl`."""

    @cached_property
    def score_N(self) -> Floats:
        """P(unsafe); NaN where nothing was scored."""
        return np.array([line.get("value", {}).get("unsafe", np.nan) for line in self._outcomes], dtype=np.float64)

    @cached_property
    def unsafe_N(self) -> Bools:
        """Labels."""
        return np.array([question.row.example.unsafe for question in self.questions], dtype=bool)

    @cached_property
    def known_N(self) -> Bools:
        """Which were scored."""
        return np.isfinite(self.score_N)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.questions)

    def count(self, outcome: type[Abstained] | type[Failed]) -> int:
        """How many have this outcome."""
        key = "abstained" if outcome is Abstained else "failed"
        return sum(key in line for line in self._outcomes)

    def counts(self) -> dict[str, int]:
        """How many there are, are unsafe, abstained and failed."""
        unsafe = int(self.unsafe_N.sum())
        return {"n": self.n, "unsafe": unsafe, "abstained": self.count(Abstained), "failed": self.count(Failed)}

    def flagged(self, threshold: float) -> Bools:
        """Which are not let pass: those above the threshold, and those that could not be scored."""
        return np.asarray(~self.known_N | (np.nan_to_num(self.score_N) > threshold))

    def categories(self, index: int) -> Mapping[str, float]:
        """What the guard said of each category; empty if it says nothing of them."""
        said: Mapping[str, float] = self._outcomes[index].get("value", {}).get("categories", {})
        return said

    def where(self, keep: Callable[[Question], bool]) -> Scored:
        """Those that a condition holds of."""
        return self.take([i for i, question in enumerate(self.questions) if keep(question)])

    def of(self, language: str, name: str = "") -> Scored:
        """Those of a language and, if one is named, of a set."""
        return self.where(lambda q: q.row.example.language == language and name in ("", q.row.set))

    def languages(self) -> list[str]:
        """The languages there are, in their order."""
        return list(dict.fromkeys(question.row.example.language for question in self.questions))

    def split(self, threshold: float) -> tuple[Bools, Bools]:
        """Of what was scored: which is flagged, which is unsafe."""
        return self.score_N[self.known_N] > threshold, self.unsafe_N[self.known_N]

    def take(self, indices: list[int]) -> Scored:
        """Those at some places."""
        return Scored(tuple(self.questions[i] for i in indices), tuple(self.lines[i] for i in indices))

    @property
    def _outcomes(self) -> list[Line]:
        return [line["outcome"] for line in self.lines]
