"""One stage of a recipe: what it trains on, by which method, how strongly and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Method = Literal["sft", "dpo", "kto", "safedpo", "modpo", "bfpo", "can"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Part(BaseModel):
    """What all parts of a recipe have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Stage(Part):
    """One alignment step."""

    name: Name
    method: Method
    data: str
    """A key under `data`."""
    beta: float = Field(default=0.1, gt=0)
    """β: the price of a nat of KL from the reference, in units of the reward behind the first objective."""
    multiplier: float = Field(default=1.0, gt=0, alias="lambda")
    """λ of the constraint this stage is about: the loss's temperature is β/λ, so more of it is stronger."""
    # left out where it says nothing, so that runs begun without it go on
    sft_weight: float = Field(default=0.0, ge=0, allow_inf_nan=False, exclude_if=lambda value: value == 0)
    """`dpo`: α of the chosen answers' mean negative log-likelihood per token beside the loss of pairs, which alone can
    let both answers grow unlikely (RPO, arXiv 2404.19733, eq. 1).
    """
    margin: float = Field(default=10.0, ge=0)
    """`safedpo`: Δ, by how much a safe answer must be preferred to an unsafe one."""
    margin_from: str | None = None
    """`modpo`: the earlier stage whose implicit reward, β log π/π_ref, is the other objective."""
    margin_weight: float = Field(default=1.0, gt=0)
    """`modpo`: w of that objective; this stage's own objective has λ."""
    strength: float = Field(default=3.0, gt=1)
    """`bfpo`: s, how much more the safety of the more helpful answer counts than that of the other."""
    shift: float = 0.5
    """`bfpo`: α, taken off every target; ½ makes the targets symmetric."""
    constraint: str | None = None
    """`can`: the charter's constraint that λ belongs to."""
    reward: str | None = None
    """`can`: the charter's principle whose value is the reward, before any gate; None takes the charter's score."""
    labels: dict[str, str] = Field(default_factory=dict)
    """`can`: labels that prompts are judged with where the data name none."""
    reference: Literal["previous", "base"] = "previous"
    """Where training starts and what KL is measured from: the policy of the stage before, or the untrained model."""
    reference_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )
    """The hash that the policy it starts from must have, as `summary.json` of a run names it; None takes any."""
    epochs: float = Field(default=1.0, gt=0)
    steps: int | None = Field(default=None, ge=1)
    """Optimiser steps, pass after pass over the data; None takes as many as the epochs have."""
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
        """β/λ; β alone for `can`, whose λ is in the labels."""
        return self.beta if self.method == "can" else self.beta / self.multiplier

    @model_validator(mode="after")
    def _goes_together(self) -> Stage:
        if self.batch % self.micro_batch:
            raise ValueError(f"stage {self.name}: micro_batch {self.micro_batch} does not divide batch {self.batch}")
        if (self.method == "modpo") != (self.margin_from is not None):
            raise ValueError(f"stage {self.name}: margin_from names an earlier stage for method modpo, and only for it")
        if (self.method == "can") != (self.constraint is not None):
            raise ValueError(f"stage {self.name}: constraint names the charter's for method can, and only for it")
        if self.method != "can" and (self.reward is not None or self.labels):
            raise ValueError(f"stage {self.name}: reward and labels are for method can")
        if self.method != "dpo" and self.sft_weight:
            raise ValueError(f"stage {self.name}: sft_weight is for method dpo")
        if self.method == "kto" and self.micro_batch < 2:
            raise ValueError(f"stage {self.name}: kto estimates its KL from mismatched answers; micro_batch at least 2")
        return self
