"""Everything an arena needs, opened and checked before anything is computed or asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lawgiver.evaluate.arena.config import ArenaConfig
from lawgiver.evaluate.arena.entrants import Field, open_field
from lawgiver.evaluate.arena.overrefusal import over_refusal
from lawgiver.evaluate.arena.scores import Metric, metric_of
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.evaluate.arena.judge import Rubric
    from lawgiver.evidence.llm_client import LLMEndpoint


@dataclass(frozen=True)
class Prepared:
    """An arena whose runs, metrics, rubrics and endpoint are there; nothing is computed yet."""

    config: ArenaConfig
    field: Field
    wanted: Metric
    constraint: Metric
    rubrics: tuple[Rubric, ...]
    endpoint: LLMEndpoint | None

    @property
    def steps(self) -> int:
        """How often `on_progress` is told of one more: askings of judges, and models whose knowledge is measured."""
        models = sum(len(entrant.runs) for entrant in self.field.entrants) if self.config.retention else 0
        if not self.rubrics:
            return models
        from lawgiver.evaluate.arena.judged import askings

        return models + askings(self.field) * len(self.rubrics)


def prepare(config: ArenaConfig) -> Prepared:
    """Open everything an arena needs.

    Raises:
        ConfigurationError: for runs that do not belong together, an unknown metric, label or rubric, or a judge without
            an endpoint.
    """
    field = open_field(config.base, config.models)
    wanted = metric_of(field, "values", config.wanted, "--wanted")
    constraint = metric_of(field, "costs", config.constraint, "--constraint")
    if config.lookalike is not None:
        over_refusal(field, config.over_refusal, config.lookalike, resamples=1)
    if not config.judges:
        return Prepared(config, field, wanted, constraint, (), None)
    from lawgiver.evaluate.arena.judge import Rubric
    from lawgiver.evidence.llm_scorer import MODEL, URL, endpoint_from_environment

    rubrics = tuple(Rubric.read(source) for source in config.judges)
    if len({rubric.name for rubric in rubrics}) != len(rubrics):
        raise ConfigurationError("--judge: two rubrics have one file name; rename one")
    endpoint = endpoint_from_environment()
    if endpoint is None:
        raise ConfigurationError(f"--judge needs a model to ask: set {URL} and {MODEL}")
    return Prepared(config, field, wanted, constraint, rubrics, endpoint)
