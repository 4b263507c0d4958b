"""What each method takes; the tensors' part of the registry is in `combine`, which brings torch."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

MethodName: TypeAlias = Literal["linear", "slerp", "task_arithmetic", "ties", "dare_linear", "dare_ties"]


class Rule(NamedTuple):
    """Which settings a method has."""

    summary: str
    base: bool
    """Whether it starts from a base model; `linear` has none."""
    one: bool = False
    """Whether it takes exactly one model besides the base."""
    weight: bool = True
    density: bool = False
    t: bool = False
    scale: bool = False
    """Whether it has `lambda`."""
    rescale: bool = False
    normalize: bool | None = None
    """The default of `normalize`; None if the method has none. The defaults are mergekit's."""


RULES: dict[MethodName, Rule] = {
    "linear": Rule("weighted mean of the weights", base=False, normalize=True),
    "slerp": Rule("along the arc from the base to the other model", base=True, one=True, weight=False, t=True),
    "task_arithmetic": Rule("base + λ Σ w (model − base)", base=True, scale=True, normalize=False),
    "ties": Rule("trim, elect signs, disjoint mean", base=True, density=True, scale=True, normalize=True),
    "dare_linear": Rule(
        "drop at random, rescale, add", base=True, density=True, scale=True, rescale=True, normalize=False
    ),
    "dare_ties": Rule(
        "drop at random, rescale, elect signs", base=True, density=True, scale=True, rescale=True, normalize=False
    ),
}
