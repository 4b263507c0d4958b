"""A recipe of the two-player game: the guard it begins with, how candidates are made and judged, what is learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lawgiver.charter.files import read_yaml
from lawgiver.data.overrides import apply_overrides
from lawgiver.data.scenario import first_problem
from lawgiver.evidence.llm_client import LLMEndpoint
from lawgiver.guard.classifier.settings import GuardRecipe
from lawgiver.guard.operators.registry import operator
from lawgiver.outcome import ConfigurationError

NEIGHBOURS = "neighbours"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GeneratorSettings(_Part):
    """A causal language model that writes candidates: here, or behind an endpoint."""

    model: str
    """A catalogue name, hub id or folder; at an endpoint, its name there."""
    base_url: str | None = None
    """Of an OpenAI-compatible endpoint, vLLM's for one; None loads the model here."""
    api_key_env: str | None = None
    """Environment variable with the endpoint's key."""
    seeds: int = Field(default=64, ge=1)
    """Seeds an iteration that it is asked about."""
    samples: int = Field(default=8, ge=1)
    """Candidates a seed (k)."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes to write in; empty writes in each seed's own."""
    temperature: float = Field(default=0.9, gt=0)
    max_new_tokens: int = Field(default=64, ge=1)
    beta: float = Field(default=0.01, gt=0)
    """Of its DPO, in nats."""
    sft_weight: float = Field(default=0.4, ge=0, allow_inf_nan=False)
    """Of the chosen texts' own likelihood in its DPO."""
    learning_rate: float = Field(default=2e-5, gt=0)
    least_pairs: int = Field(default=8, ge=1)
    """With fewer pairs than this it is not trained: one batch would decide everything."""

    def endpoint(self) -> LLMEndpoint | None:
        """The endpoint, if it has one."""
        if self.base_url is None:
            return None
        return LLMEndpoint(base_url=self.base_url, model=self.model, api_key_env=self.api_key_env)

    @model_validator(mode="after")
    def _endpoint_is_one(self) -> GeneratorSettings:
        try:
            self.endpoint()
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"generator: {first['loc'][0]}: {first['msg']}") from None
        return self


class TranslatorSettings(_Part):
    """Apertium, which writes seeds of one language in those that have few (`apt install apertium apertium-eng-spa`)."""

    routes: Mapping[str, tuple[str, ...]] = Field(min_length=1)
    """ISO 639-1 of a language → the pairs that lead there, as `apertium -l` lists them: {fr: [eng-cat, cat-fra]}."""
    source: str = "en"
    """ISO 639-1 of the language that is translated from."""
    sources: tuple[str, ...] = ()
    """Whose rows, by the names of `guard.data.sources`; empty takes all."""
    seeds: int = Field(default=1000, ge=1)
    """Examples an iteration, beside the game's other seeds, half of them unsafe as far as there are."""

    @field_validator("routes")
    @classmethod
    def _routes_lead_somewhere(cls, routes: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for language, pairs in routes.items():
            if not pairs:
                raise ValueError(f"{language}: no pair leads there; name one of `apertium -l`")
        return routes


class GameSettings(_Part):
    """The two players."""

    iterations: int = Field(default=2, ge=1)
    player: Literal["tilted", "dpo"] = "tilted"
    """`tilted`: candidates are drawn by the closed-form best response p_ref·exp(ℓ/β). `dpo`: DuoGuard's: those that the
    guard gets wrong are learned, and a local generator is trained on pairs of what fooled it and what did not.
    """
    beta: float = Field(default=0.5, gt=0)
    """Of `tilted`, in nats: towards 0 only the worst candidate of a seed is drawn, towards ∞ all alike."""
    draws: int = Field(default=1, ge=1)
    """Candidates a seed that are learned under `tilted`."""
    seeds: int = Field(default=2400, ge=1)
    """Examples an iteration that candidates are made of, drawn from what the guard learns from."""
    balance: bool = True
    """Draw as many seeds of each language and label, as far as there are."""
    variants: int = Field(default=4, ge=0)
    """Candidates a seed that operators make."""
    operators: tuple[str, ...] = ()
    """Their names; empty takes all."""
    twice: float = Field(default=0.25, ge=0, le=1)
    """The share of these that a second operator changes again."""
    back_to_back: float = Field(default=0.25, ge=0)
    """Texts of a benign request and then another, for each seed: unsafe if the second is."""
    generator: GeneratorSettings | None = None
    translator: TranslatorSettings | None = Field(default=None, exclude_if=lambda translator: translator is None)
    longer: int = Field(default=200, ge=0)
    """Characters by which what a generator wrote may differ in length from its seed."""
    judge: str = NEIGHBOURS
    """Who confirms the label of what a generator wrote: the nearest training texts, or a guard by name (`lawgiver guard
    evaluate` takes the same names).
    """
    update: Literal["continue", "scratch"] = "continue"
    """Whether the next guard goes on from the last one, on what is new and a replay, or learns everything anew."""
    replay: float = Field(default=1.0, ge=0)
    """For `continue`: examples of before for each one that is new."""
    learning_rate: float = Field(default=5e-5, gt=0)
    """For `continue`."""
    head_learning_rate: float = Field(default=3e-4, gt=0)
    seed: int = 0

    @field_validator("operators")
    @classmethod
    def _operators_are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                operator(name)
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
        return names

    @model_validator(mode="after")
    def _something_is_made(self) -> GameSettings:
        if not self.variants and not self.back_to_back and self.generator is None and self.translator is None:
            raise ValueError(
                "game: variants and back_to_back are 0, and there is neither generator nor translator: nothing is made"
            )
        return self


class DuoRecipe(_Part):
    """Two players, and the guard that the game begins with."""

    type: Literal["duoguard"] = "duoguard"
    guard: GuardRecipe
    """In a file, this may be the name of a guard's recipe beside it."""
    start: Path | None = None
    """The run of a guard that was trained by `guard` already, in the place of iteration 0."""
    game: GameSettings = GameSettings()


def read_duo_recipe(path: Path, overrides: list[str] | None = None) -> DuoRecipe:
    """Read a recipe and apply `key=value` overrides, e.g. `game.iterations=1` or `guard.data.folder=DIR`.

    Raises:
        ConfigurationError: for malformed YAML, an unknown key, a value out of range, or a guard's recipe that is not
            there.
    """
    document: dict[str, Any] = read_yaml(path)
    if isinstance(document.get("guard"), str):
        beside = path.parent / document["guard"]
        if not beside.is_file():
            raise ConfigurationError(f"{path}: guard: {beside} is not there; name a guard's recipe beside this one")
        document["guard"] = read_yaml(beside)
    apply_overrides(document, list(overrides or []))
    try:
        return DuoRecipe.model_validate(document)
    except ValidationError as error:
        problem = first_problem(error).removeprefix("(whole row): ").replace("Value error, ", "", 1)
        raise ConfigurationError(f"{path}: {problem}") from None
