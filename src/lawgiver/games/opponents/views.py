"""The same game from the other side of the table, and the checks on what an opponent can be asked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lawgiver.games.opponents.base import Floats, Moves
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError


class Payoffs(NamedTuple):
    """A two-player game as the opponent sees it."""

    own_BA: Floats
    """Its own payoff for its move b and the learner's move a."""
    other_BA: Floats
    """The learner's payoff for the same."""


def payoffs(stage: Stage, name: str) -> Payoffs:
    """The payoffs of a two-player stage, seen by the learner's opponent.

    Raises:
        ConfigurationError: if there are more than two players.
    """
    two_players(stage, name)
    return Payoffs(stage.others_ABN[:, :, 0].T, stage.own_AB.T)


def two_players(stage: Stage, name: str) -> None:
    """Raise a ConfigurationError unless the game has two players."""
    if stage.players != 2:
        raise ConfigurationError(
            f"opponent {name}: it plays with one other, and {stage.name} has {stage.players} players; "
            "use random(p), allc or alld"
        )


def two_by_two(stage: Stage, name: str) -> None:
    """Raise a ConfigurationError unless the game has two players with two actions each."""
    two_players(stage, name)
    shape = (len(stage.actions), len(stage.situations))
    if shape != (2, 2):
        raise ConfigurationError(
            f"opponent {name}: it knows two actions a player, and {stage.name} is {shape[0]}×{shape[1]}; use random"
        )


def probability(where: str, value: object) -> float:
    """Return `value` as a float.

    Raises:
        ConfigurationError: if it is not a number between 0 and 1.
    """
    # written so that NaN is refused as well
    if isinstance(value, int | float) and 0.0 <= value <= 1.0:
        return float(value)
    raise ConfigurationError(f"{where} is {shown(value)}; a probability lies between 0 and 1")


def shown(value: object) -> str:
    """A parameter as the user wrote it: a number, or an opponent by its name."""
    return str(getattr(value, "name", value))


def learner_view(p_HB: Floats, learner_actions: int, memory: int, history: int) -> Floats:
    """Turn a table in the player's own view into one in the learner's.

    Args:
        p_HB: P(move b | own history), H = (B·A)**memory, each digit own·A + other, the oldest first.
        learner_actions: A.
        memory: rounds that `p_HB` looks back.
        history: rounds of the result, at least `memory`.

    Returns:
        `q_HB` with H = (A·B)**history, each digit a·B + b.
    """
    own = p_HB.shape[1]
    cube = p_HB.reshape((own, learner_actions) * memory + (own,))
    swapped = [axis for k in range(memory) for axis in (2 * k + 1, 2 * k)]
    q_HB = cube.transpose([*swapped, 2 * memory]).reshape(-1, own)
    # rounds it does not look at are the leading digits, so the table repeats
    return np.tile(q_HB, ((own * learner_actions) ** (history - memory), 1))


def check_history(name: str, memory: int, history: int) -> None:
    """Raise a ConfigurationError unless a learner that sees `history` rounds can be told what this player does."""
    if history < 1:
        raise ConfigurationError(f"history is {history}: the learner sees the last round at least; set history: 1")
    if memory == 0 and history > 1:
        raise ConfigurationError(
            f"opponent {name}: it plays without memory, so a history of {history} shows it nothing; set history: 1"
        )
    if memory > history:
        raise ConfigurationError(
            f"opponent {name}: it looks back {memory} rounds, and the learner sees {history}; set history: {memory}"
        )


def no_table(name: str) -> ConfigurationError:
    """The error of a player whose answers depend on the whole past."""
    return ConfigurationError(
        f"opponent {name}: what it does depends on the whole past, which no prompt shows; meet it in a tournament, or "
        "take another opponent here"
    )


def draw(p_EB: Floats, rng: np.random.Generator) -> Moves:
    """One move from each row of probabilities, `(E,)`; probabilities 0 and 1 are exact."""
    bounds_EB = np.cumsum(p_EB[:, :-1], axis=1)
    moves_E: Moves = (rng.random(len(p_EB))[:, None] >= bounds_EB).sum(axis=1)
    return moves_E
