"""Everything that decides a merge, checked before a weight is read."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lawgiver.align.merge.rules import RULES, MethodName, Rule
from lawgiver.align.merge.settings import Number, Setting, all_values
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

Dtype: TypeAlias = Literal["float32", "bfloat16", "float16"]
ZERO = 1e-8
"""Weights that sum to less cannot be normalised."""


class MergeModel(BaseModel):
    """One model of a merge, the base apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1, max_length=4096)
    """A catalogue name, a hub id, a folder, an align run or a LoRA folder."""
    weight: Setting = 1.0
    """Its share; what all weights sum to matters only without `normalize`."""
    density: Setting = 1.0
    """The share of its differences from the base that is kept, in [0, 1]."""


class MergeConfig(BaseModel):
    """A merge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: MethodName
    base: str | None = Field(default=None, min_length=1, max_length=4096)
    """The model that differences are taken from; for `slerp` the one at t = 0; none for `linear`."""
    models: tuple[MergeModel, ...] = Field(min_length=1, max_length=64)
    """The models, without the base."""
    template: str | None = None
    """Whose configuration and tokenizer the result gets; default the base, or the first model."""
    t: Setting | None = None
    """How far `slerp` goes from the base, 0, to the other model, 1."""
    scale: Number = 1.0
    """λ: what the summed differences are multiplied by."""
    normalize: bool | None = None
    """Divide by the sum of the weights; None takes the method's default."""
    rescale: bool = True
    """Let DARE divide what it kept by the density, so that the expected difference stays what it was."""
    dtype: Dtype | None = None
    """Of the result; None keeps what each tensor has in the base or first model."""
    seed: int = Field(default=0, ge=0)
    """For DARE."""

    @property
    def rule(self) -> Rule:
        """What the method takes."""
        return RULES[self.method]

    @property
    def normalizes(self) -> bool:
        """`normalize`, or the method's default."""
        return bool(self.rule.normalize if self.normalize is None else self.normalize)

    @property
    def names(self) -> tuple[str, ...]:
        """All models in the order in which a method gets them, the base first where there is one."""
        return (*([self.base] if self.base is not None else []), *(entry.model for entry in self.models))

    @model_validator(mode="after")
    def _fits(self) -> MergeConfig:
        rule = self.rule
        if rule.base and self.base is None:
            raise ValueError(f"{self.method} starts from a base model; name one (base)")
        if not rule.base and self.base is not None:
            raise ValueError(f"{self.method} has no base model; leave base out")
        if rule.one and len(self.models) != 1:
            raise ValueError(f"{self.method} is between two models, base included; there are {len(self.models) + 1}")
        if not rule.base and len(self.models) < 2:
            raise ValueError(f"{self.method} wants two models or more")
        if self.template is not None and self.template not in self.names:
            raise ValueError(f"{self.template} gives configuration and tokenizer, so it must be one of the models")
        self._refuse_what_the_method_lacks(rule)
        for entry in self.models:
            if not all(0 <= number <= 1 for number in all_values(entry.density)):
                raise ValueError(f"density of {entry.model} must lie between 0 and 1")
        if rule.t:
            if self.t is None:
                raise ValueError("slerp wants t, from 0 (the base) to 1 (the other model)")
            if not all(0 <= number <= 1 for number in all_values(self.t)):
                raise ValueError("t must lie between 0 and 1")
        return self

    def _refuse_what_the_method_lacks(self, rule: Rule) -> None:
        given = {
            "weight": any("weight" in entry.model_fields_set for entry in self.models),
            "density": any("density" in entry.model_fields_set for entry in self.models),
            "t": self.t is not None,
            "lambda": "scale" in self.model_fields_set,
            "rescale": "rescale" in self.model_fields_set,
            "normalize": self.normalize is not None,
        }
        taken = {
            "weight": rule.weight,
            "density": rule.density,
            "t": rule.t,
            "lambda": rule.scale,
            "rescale": rule.rescale,
            "normalize": rule.normalize is not None,
        }
        for key, set_ in given.items():
            if set_ and not taken[key]:
                having = ", ".join(key for key, takes in taken.items() if takes)
                raise ValueError(f"{self.method} has no {key}; it has {having}")


def merge_config(where: str, **settings: Any) -> MergeConfig:
    """Make settings, with one sentence for a user if they do not fit together.

    Args:
        where: what to call the source in an error, e.g. the file.
        settings: the keys of `MergeConfig`.

    Raises:
        ConfigurationError: for an unknown key, a value out of range, or settings that the method does not have.
    """
    try:
        return MergeConfig.model_validate(settings)
    except ValidationError as error:
        said = first_problem(error).removeprefix("(whole row): ").replace("Value error, ", "")
        raise ConfigurationError(f"{where}: {said}") from None
