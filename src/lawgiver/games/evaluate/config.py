"""What an evaluation is asked to be; whatever is left out comes from the training run, or from the paper's set-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data.scenario import first_problem
from lawgiver.games.evaluate.subject import Subject
from lawgiver.games.learn.recipe import LEARNER
from lawgiver.games.problem import ILLEGAL
from lawgiver.outcome import ConfigurationError

Part = Literal["grid", "flip", "baselines", "unrelated", "attacks", "drift"]
WordSet = Literal["held_out", "trained", "paper_old", "paper_new", "paper_reversed"]
Permutation = Literal["original", "columns_swapped", "rows_swapped", "both_swapped"]
PARTS: tuple[str, ...] = get_args(Part)
SETS: tuple[str, ...] = get_args(WordSet)
PERMUTATIONS: tuple[str, ...] = get_args(Permutation)

GAMES = ("ipd", "stag_hunt", "chicken", "bos", "defective_coordination")
"""The five that Moral Alignment for LLM Agents (arXiv 2410.01639) tests on."""
OPPONENTS = ("tft", "random", "allc", "alld")
"""The four that it trains against."""


class EvaluateGames(BaseModel):
    """Everything that decides an evaluation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["games-evaluate"] = "games-evaluate"
    models: tuple[str, ...] = Field(min_length=1)
    """What is evaluated; several are seeds of one experiment."""
    sha256_of: tuple[str, ...] = ()
    """Of each one's adapter or table; empty for a model by name."""
    base: str | None = None
    """The untrained model; None for tables."""
    charter: str = "dilemmas"
    framework: str = "game_de"
    """Its optimum is what `right` and `regret` are measured by."""
    parameters: dict[str, float] = Field(default_factory=dict)
    """Of the frameworks, over the charter's own."""
    games: tuple[str, ...] = Field(default=GAMES, min_length=1)
    """The first is the main one: unrelated questions and attacks are asked in its words."""
    opponents: tuple[str, ...] = Field(default=OPPONENTS, min_length=1)
    """The first is the one that conformity is measured against."""
    role: Literal["row", "column", "any"] = "row"
    history: int = Field(default=1, ge=1, le=4)
    gamma: float = Field(default=0.0, ge=0, lt=1)
    illegal: float = Field(default=ILLEGAL, allow_inf_nan=False)
    """What an illegal answer earns."""
    words: int = Field(default=3, ge=1)
    """Sets of action words taken from each pool."""
    trained: tuple[tuple[str, ...], ...] | Literal["training"] = "training"
    """The words of the training prompts; `training` is the pool that ships."""
    sets: tuple[WordSet, ...] = Field(default=get_args(WordSet), min_length=1)
    """Pools of words; the first is the reference, which all but the grid is measured with."""
    permutations: tuple[Permutation, ...] = Field(default=get_args(Permutation), min_length=1)
    phrasings: tuple[str, ...] = Field(default=("table", "prose", "story", "poetic", "garden", "named"), min_length=1)
    """The first is the reference."""
    orders: tuple[str, ...] = ("final",)
    """Orders of the layout that run through all permutations in every cell."""
    full: bool = False
    """All combinations of words, permutation and phrasing; otherwise one at a time departs from the reference."""
    rounds: int = Field(default=50, ge=1)
    """Of the episode in which action types and welfare are counted."""
    personas: tuple[str, ...] = ()
    """Sentences that the untrained model is prompted with, as baselines."""
    skip: tuple[Part, ...] = ()


def configure(subjects: Sequence[Subject], **given: Any) -> EvaluateGames:
    """A configuration from what was given (None is not) and what the training run says.

    Raises:
        ConfigurationError: for a value that is none, or runs that differ in more than their seed.
    """
    recipe = _common(subjects)
    settings: dict[str, Any] = {}
    if recipe is not None:
        phase = recipe.phases[-1]
        settings = {
            **{"charter": recipe.charter, "framework": phase.framework, "parameters": recipe.parameters},
            **{"role": recipe.role, "history": recipe.history, "gamma": recipe.gamma, "illegal": recipe.illegal},
            "games": tuple(dict.fromkeys((recipe.game, *GAMES))),
            "opponents": tuple(dict.fromkeys((_met(subjects, recipe.opponent), *OPPONENTS))),
            "trained": recipe.prompts.words,
        }
        if subjects[0].seat:
            settings["role"] = subjects[0].seat
    settings |= {key: value for key, value in given.items() if value is not None}
    settings["models"] = tuple(subject.label for subject in subjects)
    settings["sha256_of"] = tuple(subject.sha256 for subject in subjects)
    if subjects[0].kind == "lm":
        settings.setdefault("base", subjects[0].base or subjects[0].model)
        settings.setdefault("personas", tuple(dict.fromkeys((*_persona(settings), "de", "ut"))))
    elif given.get("base") is not None:
        raise ConfigurationError("--base: a table has no model that it grew from; leave it out")
    else:
        settings.setdefault("words", 1)  # a table does not read them
    try:
        return EvaluateGames.model_validate(settings)
    except ValidationError as error:
        raise ConfigurationError(f"games evaluate: {first_problem(error)}") from None


def _common(subjects: Sequence[Subject]) -> Any:
    """The recipe that all subjects share, but for the seed; None if they were not trained in a game."""
    first = subjects[0]
    for other in subjects[1:]:
        if (other.kind, other.base, other.seat) != (first.kind, first.base, first.seat):
            raise ConfigurationError(
                f"{first.label} and {other.label}: several are evaluated as seeds of one experiment, and these differ "
                "in kind, base model or seat; evaluate each by itself"
            )
        if (first.recipe is None) != (other.recipe is None):
            raise ConfigurationError(f"{first.label} and {other.label}: only one is a games run; evaluate each alone")
        if first.recipe is not None and other.recipe is not None:
            ours, theirs = (r.model_dump(exclude={"seed"}) for r in (first.recipe, other.recipe))
            if differing := sorted(key for key in ours if ours[key] != theirs[key]):
                raise ConfigurationError(
                    f"{first.label} and {other.label}: several runs are seeds of one experiment, and these differ in "
                    f"{', '.join(differing)}; evaluate each by itself"
                )
    return first.recipe


def _met(subjects: Sequence[Subject], opponent: str) -> str:
    """Whom the run met; of two learners, the other one as it was when training ended."""
    if opponent != LEARNER:
        return opponent
    # with several runs every learner had a partner of its own, so a common opponent takes their place
    return f"checkpoint:{subjects[0].partner}" if len(subjects) == 1 and subjects[0].partner else "random"


def _persona(settings: dict[str, Any]) -> tuple[str, ...]:
    from lawgiver.games.prompts.personas import FRAMEWORK_PERSONAS

    name = settings.get("framework", EvaluateGames.model_fields["framework"].default)
    return (name,) if name in FRAMEWORK_PERSONAS else ()
