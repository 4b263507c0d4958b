"""A recipe of stages: one trained after the other, each from the policy that the one before it made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lawgiver.align.constraint import SearchSettings
from lawgiver.align.recipe import LoraSettings
from lawgiver.charter.files import read_yaml
from lawgiver.data.overrides import apply_overrides
from lawgiver.data.preference import PreferenceSource
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

Method = Literal["sft", "dpo", "kto", "safedpo", "modpo"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Data(_Part):
    """Preferences that stages learn from."""

    sources: tuple[PreferenceSource, ...] = Field(min_length=1)
    """Read together; records at odds with one another are set aside."""
    part: Literal["all", "train", "dev", "test"] = "train"
    """Which part of them, split by a hash of each record's group; the others are for measuring."""
    most: int | None = Field(default=None, ge=1)
    """At most so many records, drawn by the recipe's seed."""


class Stage(_Part):
    """One alignment step."""

    name: Name
    method: Method
    data: str
    """A key under `data`."""
    beta: float = Field(default=0.1, gt=0)
    """β: the price of a nat of KL from the reference, in units of the reward behind the first objective."""
    multiplier: float = Field(default=1.0, gt=0, alias="lambda")
    """λ of the constraint this stage is about: the loss's temperature is β/λ, so more of it is stronger."""
    margin: float = Field(default=10.0, ge=0)
    """`safedpo`: Δ, by how much a safe answer must be preferred to an unsafe one."""
    margin_from: str | None = None
    """`modpo`: the earlier stage whose implicit reward, β log π/π_ref, is the other objective."""
    margin_weight: float = Field(default=1.0, gt=0)
    """`modpo`: w of that objective; this stage's own objective has λ."""
    reference: Literal["previous", "base"] = "previous"
    """Where training starts and what KL is measured from: the policy of the stage before, or the untrained model."""
    epochs: float = Field(default=1.0, gt=0)
    learning_rate: float = Field(default=2e-4, gt=0)
    schedule: Literal["constant_with_warmup", "linear", "cosine"] = "cosine"
    warmup_steps: int = Field(default=3, ge=0)
    batch: int = Field(default=8, ge=1)
    """Pairs (or answers) an optimiser step is made of."""
    micro_batch: int = Field(default=4, ge=1)
    """Pairs (or answers) a backward pass takes at once."""
    max_length: int = Field(default=256, ge=8)
    """Tokens of prompt and answer together; longer answers are cut."""

    @property
    def temperature(self) -> float:
        """β/λ."""
        return self.beta / self.multiplier

    @model_validator(mode="after")
    def _goes_together(self) -> Stage:
        if self.batch % self.micro_batch:
            raise ValueError(f"stage {self.name}: micro_batch {self.micro_batch} does not divide batch {self.batch}")
        if (self.method == "modpo") != (self.margin_from is not None):
            raise ValueError(f"stage {self.name}: margin_from names an earlier stage for method modpo, and only for it")
        if self.method == "kto" and self.micro_batch < 2:
            raise ValueError(f"stage {self.name}: kto estimates its KL from mismatched answers; micro_batch at least 2")
        return self


class Find(_Part):
    """λ of one stage, found instead of given: from scored samples, then corrected by measured trainings."""

    stage: Name
    """The stage whose λ it is; what the recipe gives it as λ is not used."""
    constraint: str
    """The charter's constraint that decides; its mean cost has to come to its threshold or just below."""
    split: str = "dev"
    """The charter's scenarios that are asked. Certify on another split."""
    samples: int = Field(default=16, ge=2)
    """K: answers sampled to each prompt from the policy the stage starts from."""
    measured: int = Field(default=4, ge=1)
    """Answers sampled to each prompt from a trained policy."""
    max_new_tokens: int = Field(default=48, ge=1)
    """Where an answer is cut."""
    search: SearchSettings = SearchSettings()


class StagesRecipe(_Part):
    """Stages in order: by default each one's reference is the policy of the one before."""

    type: Literal["stages"] = "stages"
    model: str
    """A catalogue name, a hub id or a local path: what the first stage starts from."""
    charter: str
    """A charter's folder, or the name of one that ships."""
    data: dict[str, Data] = Field(min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1)
    find: Find | None = None
    """None trains every stage at the λ it gives."""
    seed: int = 0
    system_prompt: bool = False
    """Put the charter's system prompt in front of every conversation that has none."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    lora: LoraSettings | None = LoraSettings()
    """None trains all weights."""
    save_every: int = Field(default=25, ge=1)
    """Steps between checkpoints."""
    keep_checkpoints: int = Field(default=1, ge=1)
    refuse: Path | None = None
    """A file of SHA-1s of texts that training must not see."""

    @model_validator(mode="after")
    def _names_are_known(self) -> StagesRecipe:
        for name, count in Counter(stage.name for stage in self.stages).items():
            if count > 1:
                raise ValueError(f"stages: the name {name} comes {count} times")
        before: list[str] = []
        for stage in self.stages:
            if stage.data not in self.data:
                raise ValueError(
                    f"stage {stage.name}: data {stage.data!r} is not under data; {', '.join(self.data)} are"
                )
            if stage.margin_from is not None and stage.margin_from not in before:
                raise ValueError(f"stage {stage.name}: margin_from {stage.margin_from!r} is no stage before it")
            before.append(stage.name)
        if self.find is not None and self.find.stage != before[-1]:
            raise ValueError(f"find.stage {self.find.stage!r}: λ is found of the last stage, which is {before[-1]}")
        return self

    def folder(self, run: Path, stage: Stage) -> Path:
        """Where a stage lies within the run's folder."""
        return run / f"{self.stages.index(stage) + 1}-{stage.name}"

    def start(self, run: Path, stage: Stage) -> str:
        """What a stage starts from: the model by name, or the folder of the stage before."""
        index = self.stages.index(stage)
        if index == 0 or stage.reference == "base":
            return self.model
        return str(self.folder(run, self.stages[index - 1]))


def read_stages(path: Path, overrides: list[str] | None = None) -> StagesRecipe:
    """Read a recipe and apply `key=value` overrides, dotted keys and names of stages reaching inside.

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    document = read_yaml(path)
    apply_overrides(document, overrides or [])
    try:
        return StagesRecipe.model_validate(document)
    except ValidationError as error:
        problem = first_problem(error).removeprefix("(whole row): ").replace("Value error, ", "", 1)
        raise ConfigurationError(f"{path}: {problem}") from None
