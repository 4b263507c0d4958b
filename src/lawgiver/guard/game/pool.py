"""A finite pool of candidates in the generator's place: what was made of each seed, and how much each counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lawgiver.guard.example import Example
from lawgiver.guard.game.tilted import Floats, Ints, tilted_loss, tilted_weights
from lawgiver.guard.lineage import Sample
from lawgiver.outcome import ConfigurationError, Outcome, Value

FLOOR = 1e-6
"""Least probability of the label that a loss is taken of, so that a guard that says 0 or 1 leaves it finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """How much of each candidate the generator would make now."""

    weight_J: Floats
    """Adds up to 1 over the scored candidates of a seed; NaN for what was not scored."""
    loss_S: Floats
    """Tilted loss of each seed, nats; NaN if none of its candidates was scored."""

    @property
    def unscored(self) -> int:
        """How many candidates have no weight because the guard abstained or failed."""
        return int(np.isnan(self.weight_J).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """J candidates of S seeds."""

    samples: tuple[Sample, ...]
    seeds: tuple[str, ...]
    """Ids, in the order in which candidates name them first."""
    group_J: Ints
    """Place in `seeds` of each candidate's."""
    log_reference_J: Floats
    """Log-probability under the reference generator, of any scale within a seed."""

    @classmethod
    def of(cls, samples: Sequence[Sample], log_reference_J: ArrayLike | None = None) -> Pool:
        """Group candidates by seed.

        Args:
            samples: candidates, and the seeds themselves if they are to count.
            log_reference_J: what the generator said of each; None takes all candidates of a seed as equally likely.

        Raises:
            ConfigurationError: if candidates of one seed differ in their label, or lengths differ.
        """
        place: dict[str, int] = {}
        group_J = np.array([place.setdefault(sample.seed, len(place)) for sample in samples], dtype=np.int64)
        labels: dict[str, bool] = {}
        for sample in samples:
            if labels.setdefault(sample.seed, sample.example.unsafe) != sample.example.unsafe:
                raise ConfigurationError(f"seed {sample.seed!r}: its candidates are safe and unsafe; a label is kept")
        log_J = np.zeros(len(samples)) if log_reference_J is None else np.asarray(log_reference_J, dtype=np.float64)
        if log_J.shape != group_J.shape:
            raise ConfigurationError(f"log_reference_J: {log_J.shape} for {len(samples)} candidates; give one for each")
        return cls(tuple(samples), tuple(place), group_J, log_J)

    def weigh(self, outcomes: Sequence[Outcome[float]], beta: float) -> Weighed:
        """The generator's best response to a guard.

        Args:
            outcomes: the guard's P(unsafe) for each candidate.
            beta: temperature in nats; see `tilted_weights`.

        Returns:
            Weights of the scored candidates; what was not scored is neither right nor wrong, and has none.

        Raises:
            ConfigurationError: for another number of outcomes than candidates, or a beta that is not positive.
        """
        if len(outcomes) != len(self.samples):
            raise ConfigurationError(f"{len(outcomes)} outcomes for {len(self.samples)} candidates; give one for each")
        p_J = np.array([o.value if isinstance(o, Value) else np.nan for o in outcomes], dtype=np.float64)
        unsafe_J = np.array([sample.example.unsafe for sample in self.samples], dtype=bool)
        known_J = ~np.isnan(p_J)
        present_S, group_J = np.unique(self.group_J[known_J], return_inverse=True)
        loss_J = label_loss(p_J[known_J], unsafe_J[known_J])
        weight_J = np.full(len(p_J), np.nan)
        loss_S = np.full(len(self.seeds), np.nan)
        weight_J[known_J] = tilted_weights(loss_J, self.log_reference_J[known_J], beta, group_J)
        loss_S[present_S] = tilted_loss(loss_J, self.log_reference_J[known_J], beta, group_J)
        return Weighed(weight_J, loss_S)

    def examples(self, weighed: Weighed) -> list[Example]:
        """What a classifier trains on: candidates with a weight, each of its own weight times that.

        So every seed counts as much as before, however many candidates it has.
        """
        return [
            sample.example.model_copy(update={"weight": sample.example.weight * float(weight)})
            for sample, weight in zip(self.samples, weighed.weight_J, strict=True)
            if weight > 0
        ]


def label_loss(p_J: ArrayLike, unsafe_J: ArrayLike) -> Floats:
    """`−log p(label)` in nats, of probabilities in [0, 1] that texts are unsafe; at most `−log FLOOR`."""
    p_J = np.asarray(p_J, dtype=np.float64)
    return np.asarray(-np.log(np.maximum(np.where(unsafe_J, p_J, 1 - p_J), FLOOR)))
