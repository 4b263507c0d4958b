"""The numbers of an arena as arrays: scores of S runs on N scenarios, who won, and everything once a prompt."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.evaluate.arena.entrants import Entrant, Field
from lawgiver.evaluate.summary import score_of
from lawgiver.outcome import ConfigurationError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One thing that models compete in."""

    kind: str
    """`score`, `values` or `costs`."""
    name: str
    title: str
    threshold: float | None = None
    """Of a constraint; None where the run does not say."""

    @property
    def higher_is_better(self) -> bool:
        """False for costs."""
        return self.kind != "costs"

    def to_json(self) -> dict[str, Any]:
        """For `arena.json`."""
        return {
            **{"kind": self.kind, "name": self.name, "title": self.title},
            **{"threshold": self.threshold, "higher_is_better": self.higher_is_better},
        }


def metric_of(field: Field, kind: str, name: str, option: str) -> Metric:
    """The metric that a user names, with title and threshold as the base's summary has them.

    Args:
        field: everybody.
        kind: `values` (or `score`, by its name) or `costs`.
        name: the principle or constraint.
        option: what the user called it by, for the error.

    Raises:
        ConfigurationError: if some run did not judge it.
    """
    if kind == "values" and name == "score":
        kind = "score"
    for entrant in field.entrants if kind != "score" else ():
        for run, path in zip(entrant.runs, entrant.paths, strict=True):
            if lacking := next((row for row in run.rows if name not in row[kind]), None):
                known = ", ".join([*(["score"] if kind == "values" else []), *lacking[kind]]) or "none"
                raise ConfigurationError(f"{option} {name}: {path} has {known}")
    told = field.entrants[0].runs[0].summary.get("metrics", [])
    found: dict[str, Any] = next((each for each in told if (each["kind"], each["name"]) == (kind, name)), {})
    return Metric(kind, name, found.get("title") or name, found.get("threshold"))


def scores_of(entrant: Entrant, metric: Metric) -> Floats:
    """Scores of S runs on N scenarios, `(S, N)`; NaN where a row was not scored."""
    return np.array([[_nan(score_of(row, metric.kind, metric.name)) for row in run.rows] for run in entrant.runs])


def lengths_of(entrant: Entrant) -> Floats:
    """Characters of every answer, `(S, N)`."""
    return np.array([[float(len(row["response"])) for row in run.rows] for run in entrant.runs])


def wins(mine_SN: Floats, theirs_TN: Floats, *, higher_is_better: bool) -> Floats:
    """How every run of one model fared against every run of another, `(S, T, N)`: 1, ½ or 0, NaN if not scored."""
    ahead = mine_SN[:, None, :] - theirs_TN[None, :, :]
    return np.where(np.isnan(ahead), np.nan, (1 + np.sign(ahead if higher_is_better else -ahead)) / 2)


def mean_of_scored(values_BN: Floats, axis: int | tuple[int, ...]) -> Floats:
    """The mean of what is not NaN; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice", category=RuntimeWarning)
        return np.asarray(np.nanmean(values_BN, axis=axis))


def by_prompt(values_BN: Floats, prompts: Sequence[str]) -> Floats:
    """Each prompt once: means over the scenarios that share it, `(..., C)`, prompts in order of appearance."""
    place: dict[str, int] = {}
    of_N = np.array([place.setdefault(prompt, len(place)) for prompt in prompts])
    if len(place) == len(prompts):
        return values_BN
    return np.stack([mean_of_scored(values_BN[..., of_N == c], -1) for c in range(len(place))], axis=-1)


def _nan(number: float | None) -> float:
    return float("nan") if number is None else number
