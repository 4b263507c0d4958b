"""Moral frameworks put together from others, as `frameworks:` in `charter.yaml` declares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

FRAMEWORK_NAME = r"^[a-z][a-z0-9_]*$"
FrameworkName = Annotated[str, Field(pattern=FRAMEWORK_NAME)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

_FORMS = "one of: sum; lexicographic; maximise with subject_to"


class Composition(BaseModel):
    """One framework made of others, in one of three forms; each part is a policy's framework or another composition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    """For people."""
    sum: dict[FrameworkName, Finite] | None = Field(default=None, min_length=1)
    """Framework → weight, not 0; the reward is the weighted sum."""
    lexicographic: list[FrameworkName] | None = Field(default=None, min_length=2)
    """The first decides; a later one only among the moves that are equal by all before it."""
    maximise: FrameworkName | None = None
    """The framework whose reward is to be as large as the limits allow."""
    subject_to: dict[FrameworkName, Finite] | None = Field(default=None, min_length=1)
    """Framework read as a cost → the largest mean allowed, over the outcomes where it does not abstain."""

    @model_validator(mode="after")
    def _one_form(self) -> Composition:
        forms = [self.sum, self.lexicographic, self.maximise]
        if sum(form is not None for form in forms) != 1 or (self.maximise is None) != (self.subject_to is None):
            raise ValueError(f"a framework is {_FORMS}")
        for name, weight in (self.sum or {}).items():
            if weight == 0:
                raise ValueError(f"sum.{name}: a weight of 0 adds nothing; leave it out")
        for name in self.lexicographic or ():
            if (self.lexicographic or []).count(name) > 1:
                raise ValueError(f"lexicographic: {name!r} is listed twice")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of all frameworks it is made of, each once, in the order they are written."""
        maximised = [self.maximise] if self.maximise is not None else []
        return tuple(
            dict.fromkeys([*(self.sum or ()), *(self.lexicographic or ()), *maximised, *(self.subject_to or ())])
        )


def refuse_cycles(compositions: Mapping[str, Composition]) -> None:
    """Make sure that no framework is made of itself.

    Raises:
        ValueError: naming the chain.
    """
    try:
        TopologicalSorter({name: sorted(each.parts) for name, each in sorted(compositions.items())}).prepare()
    except CycleError as error:
        chain = " → ".join(error.args[1][::-1])  # graphlib gives part → whole
        raise ValueError(f"frameworks: one is made of itself: {chain}") from None


def composition_problems(compositions: Mapping[str, Composition], written: Iterable[str]) -> list[str]:
    """Say which names clash with a policy's framework, and which are no framework's at all.

    Args:
        compositions: what `charter.yaml` declares.
        written: the names of the frameworks that policies define.
    """
    policies = set(written)
    known = ", ".join(sorted(policies | compositions.keys())) or "none"
    clashes = [
        f"frameworks.{name}: policies define a framework of that name too; rename one"
        for name in compositions
        if name in policies
    ]
    return clashes + [
        f"frameworks.{name}: there is no framework {part!r}; there are: {known}"
        for name, composition in compositions.items()
        for part in composition.parts
        if part not in policies and part not in compositions
    ]
