"""A recipe of stages: one trained after the other, each from the policy that the one before it made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from lawgiver.align.constraint import SearchSettings
from lawgiver.align.recipe import LoraSettings
from lawgiver.align.stages.stage import Name, Part, Stage
from lawgiver.charter.settings import read_settings
from lawgiver.data.preference import PreferenceSource

__all__ = ["Data", "Find", "Stage", "StagesRecipe", "read_stages"]


class Data(Part):
    """Preferences that stages learn from."""

    sources: tuple[PreferenceSource, ...] = Field(min_length=1)
    """Read together; records at odds with one another are set aside."""
    part: Literal["all", "train", "dev", "test"] = "train"
    """Which part of them, split by a hash of each record's group; the others are for measuring."""
    most: int | None = Field(default=None, ge=1)
    """At most so many records, drawn by the recipe's seed."""


SEARCHED = ("dpo", "kto", "can")
"""Methods whose λ is a multiplier that the dual speaks of."""


class Find(Part):
    """λ found instead of given: from scored samples, then corrected by measured trainings."""

    stage: Name | None = None
    """The stage whose λ it is; what the recipe gives it as λ is not used. None where `constraint` names stages."""
    constraint: str | tuple[str, ...] | dict[str, Name]
    """The charter's constraint that decides; its cost, as its scope has it, has to come to its threshold or just below.
    Of several, the first is the one this stage is about; λ is computed for all at once, and all are measured.
    A mapping of constraints to stages, the last ones of the recipe, finds λ of each: one stage a constraint, each from
    the policy of the one before (SACPO, arXiv 2404.11049, theorem 4).
    """
    split: str = "dev"
    """The charter's scenarios that are asked. Certify on another split."""
    samples: int = Field(default=16, ge=2)
    """K: answers sampled to each prompt from the policy the stage starts from."""
    measured: int = Field(default=4, ge=1)
    """Answers sampled to each prompt from a trained policy."""
    max_new_tokens: int = Field(default=48, ge=1)
    """Where an answer is cut."""
    warm_start: bool = False
    """Whether a training begins with the weights of the measured one whose λ is nearest; its reference stays the same.
    What comes out then depends on the trainings before, and on their number.
    """
    search: SearchSettings = SearchSettings()

    @property
    def constraints(self) -> tuple[str, ...]:
        """All that are looked at, the one that decides first."""
        return (self.constraint,) if isinstance(self.constraint, str) else tuple(self.constraint)

    @property
    def chain(self) -> dict[str, Name]:
        """Constraint → its stage, where each has one of its own; else empty."""
        return self.constraint if isinstance(self.constraint, dict) else {}

    @property
    def searched(self) -> tuple[Name, ...]:
        """The stages whose λ is found."""
        return tuple(self.chain.values()) or (str(self.stage),)

    @model_validator(mode="after")
    def _goes_together(self) -> Find:
        if not self.constraints or len(set(self.constraints)) < len(self.constraints):
            raise ValueError("find.constraint: name one of the charter's constraints, or several different ones")
        if (self.stage is None) != bool(self.chain):
            raise ValueError("find.stage: name the stage whose λ it is, unless find.constraint maps each to its stage")
        if len(set(self.searched)) < len(self.searched):
            raise ValueError("find.constraint: every constraint needs a stage of its own")
        if self.chain and self.warm_start:
            raise ValueError("find.warm_start: for the λ of one stage; in a chain the references change with each λ")
        return self


class StagesRecipe(Part):
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
        if self.find is not None:
            self._can_be_found(self.find)
        return self

    def _can_be_found(self, find: Find) -> None:
        first, *later = last = self.stages[-len(find.searched) :]
        names = [stage.name for stage in last]
        if not find.chain and find.stage != names[0]:
            raise ValueError(f"find.stage {find.stage!r}: λ is found of the last stage, which is {names[0]}")
        if sorted(names) != sorted(find.searched):
            raise ValueError(
                f"find.constraint: λ is found of the last stages, which are {', '.join(names)}; "
                f"it names {', '.join(find.searched)}"
            )
        for stage in last:
            if stage.method not in SEARCHED[: 2 if find.chain else 3]:
                raise ValueError(
                    f"find: stage {stage.name}: the λ of {stage.method} is no multiplier that can be found"
                )
            if stage.beta != first.beta:
                raise ValueError(f"find: stage {stage.name}: beta {stage.beta:g}; a chain has one, {first.beta:g}")
            if stage.constraint not in (None, find.constraints[0]):
                raise ValueError(
                    f"find.constraint: the λ of stage {stage.name} belongs to its constraint {stage.constraint!r}; "
                    "name that one, or name it first"
                )
        for stage in later:
            if stage.reference != "previous":
                raise ValueError(
                    f"find: stage {stage.name}: in a chain the reference is the policy of the stage before"
                )

    @property
    def searched(self) -> tuple[Stage, ...]:
        """The last stages, whose λ is found; none where all are given."""
        return () if self.find is None else self.stages[-len(self.find.searched) :]

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
    return read_settings(StagesRecipe, path, overrides)
