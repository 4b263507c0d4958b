"""A reward or cost model as a scorer: one number an exchange. The model is loaded when the first one is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lawgiver.data import Exchange
from lawgiver.evidence.base import FieldScore, failed
from lawgiver.models.head_card import Role, head_sha256, read_card
from lawgiver.outcome import Abstained, Outcome

if TYPE_CHECKING:
    from lawgiver.models.score_head import PreferenceModel

NAME = "preference_model"


@dataclass(frozen=True)
class PreferenceScorer:
    """Yields the reward or cost of every answer; a `Scorer`."""

    field: str
    """The evidence field it yields."""
    folder: Path
    """Of the model, e.g. `runs/preference_models/cost-evaluation`."""
    role: Role
    """What the scores are wanted for; a model of the other role is refused."""

    @property
    def name(self) -> str:
        """`preference_model`."""
        return NAME

    @cached_property
    def version(self) -> str:
        """The role, and the hash of the model's files."""
        return f"{self.role}-{head_sha256(self.folder)[:12]}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def score(self, exchanges: Sequence[Exchange]) -> list[dict[str, FieldScore]]:
        """Score N exchanges, normalised as the model's card says; abstains where there is no answer yet."""
        answered = [exchange for exchange in exchanges if exchange.response.strip()]
        try:
            scored = iter(self._model.score([e.messages for e in answered], [e.response for e in answered]))
        except Exception as error:  # the model could not be loaded, or is out of memory: nobody has a score
            return [failed(self, error) for _ in exchanges]
        outcomes: list[Outcome[float]] = [
            next(scored) if exchange.response.strip() else Abstained("there is no answer to score")
            for exchange in exchanges
        ]
        return [{self.field: FieldScore(outcome, NAME, self.version)} for outcome in outcomes]

    @cached_property
    def _model(self) -> PreferenceModel:
        from lawgiver.models.score_head import load_preference_model  # brings torch

        return load_preference_model(self.folder, self.role)


def preference_scorer(field: str, folder: Path, role: Role) -> PreferenceScorer:
    """A scorer of one field.

    Raises:
        ConfigurationError: if the folder holds no preference model, or one of the other role.
    """
    read_card(folder, role)
    return PreferenceScorer(field, folder, role)
