"""The guard's outputs, and what an example says of each: yes, no, or nothing.

Most data say only that a text is unsafe, not what of. So beside eleven heads for harms and one for attacks there is a
head for `unsafe` alone, which every example teaches; the others learn from the examples that speak of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import CATEGORIES, NAMES
from lawgiver.models.classifier.calibration import UNSAFE

__all__ = ["ATTACK", "OUTPUTS", "UNKNOWN", "UNSAFE", "target_of", "targets_of"]

OUTPUTS: tuple[str, ...] = (UNSAFE, *NAMES)
"""The rows of the head, in order."""
ATTACK: str = next(category.name for category in CATEGORIES if category.attack)
UNKNOWN = math.nan


def target_of(example: Example) -> list[float]:
    """1, 0 or `UNKNOWN` for each of `OUTPUTS`.

    A safe text is in no category of harm. It is no attack either if it is a user's; of an answer that is safe, nothing
    follows about what provoked it.
    """
    known = {name: float(applies) for name, applies in example.categories.items()}
    if not example.unsafe:
        known = {name: 0.0 for name in NAMES if name != ATTACK or example.mode == "prompt"} | known
    return [float(example.unsafe), *(known.get(name, UNKNOWN) for name in NAMES)]


def targets_of(examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    """Targets of N examples, (N, O), NaN where nothing is known."""
    return np.array([target_of(example) for example in examples], dtype=np.float32).reshape(-1, len(OUTPUTS))
