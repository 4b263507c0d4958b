"""A recipe of preference models: which heads are trained, on what, and for which role."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.align.recipe import LoraSettings
from lawgiver.align.stages.recipe import Data
from lawgiver.charter.settings import read_settings
from lawgiver.models.head_card import Objective, Role


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Part):
    """One objective: a reward, by which answer is preferred, or a cost, whose sign also says what is unsafe."""

    data: str
    """A key under `data`: pairs to train on. The two roles get a half each, cut by group."""
    held_out: str
    """A key under `data`: pairs to measure by. What gives one of their prompts away is not trained on."""
    level: Literal["sequence", "token"] = "sequence"
    """Whether the loss compares two answers at their last tokens, or at every token from where they part."""
    regularisation: float = Field(default=1e-3, ge=0)
    """ρ: the weight of the squared scores."""
    normalise: bool = True
    """Bring scores to the unit of the answers trained on: a reward to mean 0 and deviation 1, a cost to root mean
    square 1, its zero kept.
    """
    epochs: float = Field(default=2.0, gt=0)
    learning_rate: float = Field(default=2e-4, gt=0)
    schedule: Literal["constant_with_warmup", "linear", "cosine"] = "cosine"
    warmup_steps: int = Field(default=3, ge=0)
    weight_decay: float = Field(default=0.1, ge=0)
    batch: int = Field(default=16, ge=1)
    """Pairs an optimiser step is made of."""
    micro_batch: int = Field(default=4, ge=1)
    """Pairs a backward pass takes at once."""
    max_length: int = Field(default=512, ge=8)
    """Tokens of prompt and answer together; pairs with a longer one are left out, never cut."""

    @model_validator(mode="after")
    def _batches_divide(self) -> Head:
        if self.batch % self.micro_batch:
            raise ValueError(f"micro_batch {self.micro_batch} does not divide batch {self.batch}")
        return self


class PreferenceModelsRecipe(_Part):
    """One model for each head and role, each an adapter of its own on the same base."""

    type: Literal["preference-models"] = "preference-models"
    model: str
    """A catalogue name, a hub id or a local path: the language model that each of them grows from."""
    data: dict[str, Data] = Field(min_length=1)
    heads: dict[Objective, Head] = Field(min_length=1)
    roles: tuple[Role, ...] = Field(default=("training", "evaluation"), min_length=1)
    """The data are halved though only one is trained, so that the other can be trained later."""
    seed: int = 0
    """Of the role `training`; `evaluation` has the next one."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    lora: LoraSettings | None = LoraSettings()
    """None trains all weights."""
    save_every: int = Field(default=25, ge=1)
    """Steps between checkpoints."""
    keep_checkpoints: int = Field(default=1, ge=1)
    refuse: Path | None = None
    """A file of SHA-1s of texts that training must not see."""

    @model_validator(mode="after")
    def _data_are_known(self) -> PreferenceModelsRecipe:
        if len(set(self.roles)) < len(self.roles):
            raise ValueError("roles: each at most once")
        for objective, head in self.heads.items():
            for key, name in (("data", head.data), ("held_out", head.held_out)):
                if name not in self.data:
                    raise ValueError(f"heads.{objective}.{key}: {name!r} is not under data; {', '.join(self.data)} are")
            if head.data == head.held_out:
                raise ValueError(
                    f"heads.{objective}.held_out: {head.held_out!r} is what it trains on; name another key under data, "
                    "e.g. the same sources with part: test"
                )
        return self

    def models(self) -> dict[str, tuple[Objective, Role]]:
        """Name, e.g. `cost-evaluation`, → what it is; in the order in which they are trained."""
        return {f"{objective}-{role}": (objective, role) for objective in self.heads for role in self.roles}

    def seed_of(self, role: Role) -> int:
        """The seed of the head, the adapter and the order of the data."""
        return self.seed + (role == "evaluation")


def read_preference_models(path: Path, overrides: list[str] | None = None) -> PreferenceModelsRecipe:
    """Read a recipe and apply `key=value` overrides, dotted keys reaching inside (`heads.cost.level=token`).

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    return read_settings(PreferenceModelsRecipe, path, overrides)
