"""What `charter.yaml` may say. Every key is declared here; an unknown one is an error, not a comment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.charter.composition import Composition, FrameworkName, refuse_cycles
from lawgiver.charter.field import EvidenceField

NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Principle(_Part):
    """Something the model should do; its policy gives it a value of 0..1."""

    name: Name
    """The key under `values` in the decision document."""
    title: str
    """For people, e.g. `Ahimsa: do no harm`."""
    weight: float = Field(gt=0, le=1)
    """Its share of the charter score."""
    evidence: list[str] = Field(min_length=1)
    """The evidence fields its value rests on; if one of them failed, so has the value."""


class Constraint(_Part):
    """Something that may happen only so often. Higher cost is worse; met when the cost is at most the threshold."""

    name: Name
    """The key under `costs` in the decision document."""
    title: str
    """For people, e.g. `Over-refusal: an in-scope question left unanswered`."""
    threshold: float = Field(ge=0)
    """The largest cost that is still within budget: in the units of `scope`, a share for `violation_rate`."""
    evidence: list[str] = Field(min_length=1)
    """The evidence fields its cost rests on."""
    scope: Literal["mean", "violation_rate", "cvar", "per_category"] = "mean"
    """What is held to the threshold: the mean cost; the share of exchanges whose cost is above 0; the mean of the
    worst costs; or the mean cost in every category.
    """
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """How sure a certificate must be, in each direction."""
    tail: float | None = Field(default=None, gt=0, le=1)
    """For `cvar`: the share of exchanges that counts as the worst; 0.1 if not given."""
    category: str | None = None
    """For `per_category`: the label of the taxonomy whose every value must keep the threshold."""
    most: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """The largest cost possible; without one no bound on a mean exists."""

    @property
    def worst_share(self) -> float:
        """The tail of a `cvar`."""
        return 0.1 if self.tail is None else self.tail

    @model_validator(mode="after")
    def _scope_is_complete(self) -> Constraint:
        if (self.scope == "per_category") != (self.category is not None):
            raise ValueError("category names a label of the taxonomy; scope per_category needs it, no other has it")
        if self.tail is not None and self.scope != "cvar":
            raise ValueError(f"tail belongs to scope cvar, not to {self.scope}")
        return self


class Monitor(_Part):
    """A number watched for drift during training; it is never rewarded."""

    evidence: str
    """The numeric evidence field."""
    low: float | None = None
    """Alarm when a batch's mean falls below."""
    high: float | None = None
    """Alarm when a batch's mean rises above."""


class CharterSpec(_Part):
    """The whole of `charter.yaml`."""

    name: Name
    """Package `charter.<name>` in the policies."""
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    """Semantic version, raised by hand; the hash catches what the version forgets."""
    summary: str
    """One sentence."""
    system_prompt: str
    """What the model is told in the prompted baseline, in training and in service."""
    taxonomy: dict[str, Annotated[dict[str, str], Field(min_length=1)]] = Field(default_factory=dict)
    """Label name → allowed value → what it means; every scenario carries all of them."""
    principles: list[Principle] = Field(default_factory=list)
    """At least one, unless the charter decides moves."""
    constraints: list[Constraint] = Field(default_factory=list)
    monitors: list[Monitor] = Field(default_factory=list)
    evidence: dict[str, EvidenceField] = Field(default_factory=dict)
    """At least one field, unless the charter decides moves."""
    frameworks: dict[FrameworkName, Composition] | None = None
    """Moral frameworks composed of those that policies define; given, though it be `{}`, the charter decides moves of
    games.
    """
    max_failed: float = Field(default=0.05, ge=0, le=1)
    """The share of failed scores past which a run stops."""
    refusal: str = "I'm sorry, but I can't help with that."
    """What the refuse-everything baseline answers."""

    @property
    def query(self) -> str:
        """The decision document's path."""
        return f"data.charter.{self.name}.decision"

    @property
    def weights(self) -> dict[str, float]:
        """Principle → weight, summing to 1."""
        total = sum(principle.weight for principle in self.principles)
        return {principle.name: principle.weight / total for principle in self.principles}

    @property
    def decides_moves(self) -> bool:
        """Whether its policies decide moves of games, by moral frameworks."""
        return self.frameworks is not None

    @model_validator(mode="after")
    def _it_decides_something(self) -> CharterSpec:
        if not self.decides_moves or self.principles or self.constraints or self.monitors or self.evidence:
            for key, part in (("principles", self.principles), ("evidence", self.evidence)):
                if not part:
                    hint = "" if self.decides_moves else "; a charter that decides moves of games has frameworks"
                    raise ValueError(f"{key}: at least one is needed{hint}")
        refuse_cycles(self.frameworks or {})
        return self

    @model_validator(mode="after")
    def _names_are_consistent(self) -> CharterSpec:
        named = [principle.name for principle in self.principles]
        named += [constraint.name for constraint in self.constraints]
        for name in named:
            if named.count(name) > 1:
                raise ValueError(f"{name!r} is declared twice among principles and constraints")
        parts: list[Principle | Constraint] = [*self.principles, *self.constraints]
        for part in parts:
            for field in part.evidence:
                if field not in self.evidence:
                    raise ValueError(f"{part.name}: evidence field {field!r} is not declared under evidence")
        for constraint in self.constraints:
            if constraint.category is not None and constraint.category not in self.taxonomy:
                raise ValueError(f"{constraint.name}: category {constraint.category!r} is not in the taxonomy")
        for monitor in self.monitors:
            if monitor.evidence not in self.evidence:
                raise ValueError(f"monitors: evidence field {monitor.evidence!r} is not declared under evidence")
        return self

    def check_labels(self, labels: dict[str, Any]) -> str | None:
        """Say what is wrong with a scenario's labels, or None."""
        for name, values in self.taxonomy.items():
            if name not in labels:
                return f"labels.{name} is missing; one of {', '.join(values)}"
            if labels[name] not in values:
                return f"labels.{name} is {labels[name]!r}; one of {', '.join(values)}"
        unknown = sorted(set(labels) - set(self.taxonomy))
        return f"labels.{unknown[0]} is not in the charter's taxonomy" if unknown else None
