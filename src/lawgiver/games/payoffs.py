"""Payoffs as somebody wrote them, made into an array that nobody can change."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.outcome import ConfigurationError


def number(value: Any, where: str) -> float:
    """The value as a finite float.

    Raises:
        ConfigurationError: if it is a boolean, no real number, infinite or NaN.
    """
    # True is 1 in Python, yet `payoff: yes` in YAML is a slip
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ConfigurationError(f"{where}: {value!r} is not a number; write one such as 3 or -0.5")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ConfigurationError(f"{where}: {value!r} is not finite; write a number such as 3 or -0.5")
    return result


def payoff_array(values: Any, where: str) -> NDArray[np.float64]:
    """A read-only float64 copy of nested sequences of numbers, of whatever shape they have.

    Raises:
        ConfigurationError: if something in it is not a finite number, or rows differ in length.
    """
    nested = values.tolist() if isinstance(values, np.ndarray) else values
    array = np.array(_floats(nested, where), dtype=np.float64)
    array.setflags(write=False)
    return array


def action_ids(values: Any, count: int, where: str) -> tuple[str, ...]:
    """The ids of `count` actions.

    Raises:
        ConfigurationError: if they are not that many different, non-empty strings.
    """
    ids = tuple(values) if isinstance(values, Iterable) and not isinstance(values, (str, bytes)) else None
    if ids is None or len(ids) != count:
        raise ConfigurationError(f"{where}: {values!r}; give a list of {count} action ids, as the payoffs have {count}")
    for i, action in enumerate(ids):
        if not isinstance(action, str) or not action.strip():
            raise ConfigurationError(f"{where}[{i}]: {action!r} is not an id; write a word in quotes")
        if action in ids[:i]:
            raise ConfigurationError(f"{where}[{i}]: {action!r} comes twice; give each action its own id")
    return ids


def text(value: Any, where: str) -> str:
    """The value if it is a string with something in it.

    Raises:
        ConfigurationError: otherwise.
    """
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{where}: {value!r} is no text; write a name")
    return value


def _floats(values: Any, where: str) -> Any:
    if not isinstance(values, (list, tuple)):
        return number(values, where)
    rows = [_floats(row, f"{where}[{i}]") for i, row in enumerate(values)]
    shapes = [np.shape(row) for row in rows]
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ConfigurationError(f"{where}[{i}]: of shape {shape} where [0] has {shapes[0]}; make them alike")
    return rows
