"""A games recipe: everything that decides a training run in a game, in one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lawgiver.charter.settings import read_settings
from lawgiver.games.learn.credit import CREDITS
from lawgiver.games.learn.estimators import Name
from lawgiver.games.learn.policy import Reset
from lawgiver.games.problem import ILLEGAL
from lawgiver.reward import LagrangianConfig

REASONED = ("rloo", "grpo", "reinforce++")
TABULAR = "tabular"
LEARNER = "learner"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Phase(_Part):
    """A stretch of training under one framework."""

    framework: str
    """A framework of the charter, or the path of a `.rego` file."""
    updates: int = Field(ge=1)
    """Optimiser updates at most; `stop` may end the phase earlier."""
    reset: tuple[Reset, ...] = ()
    """What is forgotten when the phase begins: `optimiser`, reward `moments` (and critic), or the KL `anchor`, which
    then becomes the policy that the phase began with. Nothing by default."""


class Stop(_Part):
    """When a phase has learned what there is to learn."""

    tolerance: float = Field(default=0.03, gt=0, lt=1)
    """How far any probability of the (unique) best action may be from 1, on every prompt of the update."""
    legal: float = Field(default=0.995, gt=0, le=1)
    """The least probability of a legal answer, on every prompt of the update."""
    patience: int = Field(default=3, ge=1)
    """Updates in a row for which both must hold."""


class Adapter(_Part):
    """The low-rank adapter that is trained."""

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = "all-linear"
    skip: float = Field(default=0.0, ge=0, lt=1)
    """Share of the layers, from the input on, that get none: nothing has to be sent back through them."""


class Prompts(_Part):
    """What the prompts of one update vary over."""

    words: Literal["training"] | tuple[tuple[str, ...], ...] = "training"
    """Sets of action words; `training` is the pool that ships, with its held-out twin for evaluation."""
    word_sets: int = Field(default=6, ge=1)
    """How many sets an update asks with, drawn anew each time."""
    histories: int | None = Field(default=1, ge=1)
    """How many histories each word set is shown in, the sets of an update taking turns; None shows all in each."""
    phrasings: tuple[str, ...] = Field(default=("table",), min_length=1)
    """One of them is drawn for each word set."""
    every: tuple[str, ...] = ()
    """Orders of the layout that run through all permutations within an update, shuffled or not."""
    shuffled: tuple[str, ...] = ("introduction", "rows", "columns", "final")
    """Orders that are drawn for each word set."""
    scales: tuple[Annotated[float, Field(gt=0)], ...] = Field(default=(1.0,), min_length=1)
    """Payoffs are shown times one of these, drawn for each word set."""
    shifts: tuple[float, ...] = Field(default=(0.0,), min_length=1)
    """Payoffs are shown plus one of these."""
    ask: Literal["word", "reason"] = "word"
    """`word` scores the bare answers exactly; `reason` lets the model write a reason first, and samples."""
    max_new_tokens: int = Field(default=48, ge=1)
    """Where a reasoned answer is cut."""

    @field_validator("words", mode="before")
    @classmethod
    def _word_sets(cls, given: Any) -> Any:
        sets = given if isinstance(given, list | tuple) else ()
        if given != "training" and not (sets and all(map(_is_words, sets))):
            raise ValueError("give training, or sets of words such as [[red, blue]]; YAML may want them quoted")
        return given


class GamesRecipe(_Part):
    """One learner, or two, in one game."""

    type: Literal["games"] = "games"
    model: str = "smollm2-135m-instruct"
    """A catalogue name, a hub id, a local path, or `tabular`: a softmax table without a language model."""
    charter: str = "dilemmas"
    game: str = "ipd"
    """A game that ships, or the path of a YAML file."""
    role: Literal["row", "column", "any"] = "row"
    opponent: str = "tft"
    """As `lawgiver games tournament` names players; `learner` is a second one that learns at the same time."""
    phases: tuple[Phase, ...] = Field(default=(Phase(framework="game_de", updates=60),), min_length=1)
    """In a file also `game:500`, framework and updates."""
    parameters: dict[str, float] = Field(default_factory=dict)
    """Of the frameworks, over the charter's own."""
    history: int = Field(default=1, ge=1, le=4)
    gamma: float = Field(default=0.0, ge=0, lt=1)
    illegal: float = ILLEGAL
    """What an illegal answer earns."""
    estimator: Name = "mirror"
    shaping: float = Field(default=0.0, ge=0)
    """Two learners: step by which the other is expected to learn (LOLA); 0 takes the other as it is."""
    samples: int = Field(default=8, ge=2)
    """Sampled estimators: episodes begun at each prompt."""
    rounds: int = Field(default=1, ge=1)
    """Sampled estimators: rounds of an episode."""
    clip: float = Field(default=0.2, gt=0)
    epochs: int = Field(default=4, ge=1)
    """`ppo`: optimiser steps on each draw."""
    temperature: float = Field(default=0.25, gt=0)
    """`mirror`: the gain, in payoff units, that moves the odds of an answer by a factor of e in one update.

    Limits, under any estimator: their prices are those with which such an update keeps them."""
    normalise: bool = False
    """Sampled estimators: divide rewards by their running deviation."""
    kl_beta: float = Field(default=0.0, ge=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of the adapter; a table takes 200 times as much."""
    schedule: Literal["linear", "constant"] = "linear"
    """`linear` lowers the learning rate to a tenth over each phase's updates."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    lora: Adapter = Adapter()
    lagrangian: LagrangianConfig = LagrangianConfig(delay=0, learning_rate=1.0, cap=50.0, smoothing=1.0)
    """Limits: `cap` is the largest λ. Prices are exact in every update, so nothing else of it matters."""
    prompts: Prompts = Prompts()
    stop: Stop | None = Stop()
    """None trains every update."""
    seed: int = Field(default=0, ge=0)
    save_every: int = Field(default=10, ge=1)
    keep_checkpoints: int = Field(default=1, ge=1)

    @field_validator("phases", mode="before")
    @classmethod
    def _short_phases(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = [part.strip() for part in given.replace("->", "→").split("→")]
        if not isinstance(given, list | tuple):
            raise ValueError("write FRAMEWORK:UPDATES, such as game:500, or a list of phases")
        return [_phase(part) for part in given]

    @model_validator(mode="after")
    def _goes_together(self) -> GamesRecipe:
        if self.estimator == "memory-one" and self.gamma == 0:
            raise ValueError("estimator memory-one gives credit over rounds; set gamma above 0, or take exact")
        if self.estimator == "exact" and self.gamma > 0:
            raise ValueError("estimator exact is for gamma 0; take memory-one, which gives credit over rounds")
        if self.shaping and (self.opponent != LEARNER or self.gamma == 0):
            raise ValueError("shaping looks ahead at another learner over rounds; set opponent: learner and gamma > 0")
        if self.shaping and self.estimator != "memory-one":
            raise ValueError("shaping adds to the exact gradient over rounds; set estimator: memory-one")
        if self.opponent == LEARNER and self.role != "row":
            raise ValueError("with opponent: learner, this learner has the row; leave role at row")
        if self.estimator in CREDITS and (self.gamma > 0) != (self.rounds > 1):
            raise ValueError(
                f"estimator {self.estimator} with gamma {self.gamma:g} and rounds {self.rounds}: credit over rounds "
                "takes gamma above 0 and rounds above 1 (some 3 / (1 - gamma)); single decisions take gamma 0, rounds 1"
            )
        if self.prompts.ask == "reason" and (self.model == TABULAR or self.estimator not in REASONED):
            raise ValueError("prompts.ask: reason needs a language model and estimator rloo, grpo or reinforce++")
        if self.prompts.ask == "reason" and (self.opponent == LEARNER or self.rounds > 1 or self.gamma > 0):
            raise ValueError("prompts.ask: reason works on single decisions: gamma 0, rounds 1, one learner")
        if self.prompts.ask == "reason" and (self.kl_beta or self.normalise):
            raise ValueError("prompts.ask: reason takes rewards as they are; leave kl_beta at 0 and normalise at false")
        return self

    @property
    def updates(self) -> int:
        """Of all phases together, at most."""
        return sum(phase.updates for phase in self.phases)


def read_games_recipe(path: Path | None, overrides: list[str] | None = None) -> GamesRecipe:
    """Read a recipe (None takes the defaults) and apply `key=value` overrides; dotted keys reach inside.

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    return read_settings(GamesRecipe, path, overrides)


def _is_words(given: Any) -> bool:
    return isinstance(given, list | tuple) and bool(given) and all(isinstance(word, str) for word in given)


def _phase(part: Any) -> Any:
    if not isinstance(part, str):
        return part
    framework, colon, updates = part.rpartition(":")
    if not colon or not updates.strip().isdigit():
        raise ValueError(f"phase {part!r}: write FRAMEWORK:UPDATES, such as game:500")
    return {"framework": framework.strip(), "updates": int(updates)}
