"""The games behind the interfaces of reinforcement-learning libraries; each adapter imports its library itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

INSTALL = "pip install 'lawgiver[games]'"


def missing(module: str, error: ModuleNotFoundError) -> ConfigurationError:
    """What an adapter raises when its library cannot be imported."""
    return ConfigurationError(f"{module}: needs {error.name}, which is not installed; {INSTALL}")


def whole(value: int, where: str) -> int:
    """The value.

    Raises:
        ConfigurationError: if it is not a whole number above 0.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{where} {value!r}; give a whole number above 0")
    return value


def reward_table(stage: Stage, reward_SAB: ArrayLike | None) -> NDArray[np.float64]:
    """What a player learns from, by last state, own action and situation, (A·B, A, B); its payoff if None is given.

    Raises:
        ConfigurationError: if a given table has another shape or is not finite throughout.
    """
    size = stage.own_AB.shape
    shape = (math.prod(size), *size)
    if reward_SAB is None:
        return np.broadcast_to(stage.own_AB, shape)
    table_SAB = np.asarray(reward_SAB, dtype=np.float64)
    if table_SAB.shape != shape:
        raise ConfigurationError(
            f"{stage.name}: rewards of shape {table_SAB.shape}; give {shape}: state, action, situation"
        )
    if not np.isfinite(table_SAB).all():
        raise ConfigurationError(
            f"{stage.name}: rewards are NaN or infinite somewhere; an environment must pay each round"
        )
    return table_SAB
