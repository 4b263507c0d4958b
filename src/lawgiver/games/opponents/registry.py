"""Opponents by name, and the text that a recipe or a command line writes them in."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from lawgiver.games.opponents.axelrod_adapter import axelrod
from lawgiver.games.opponents.base import Floats, Opponent
from lawgiver.games.opponents.checkpoint import checkpoint
from lawgiver.games.opponents.independent import allc, alld, random
from lawgiver.games.opponents.memory import memory
from lawgiver.games.opponents.noise import noise
from lawgiver.games.opponents.q_learner import q_learner
from lawgiver.games.opponents.reciprocal import grim, gtft, tf2t, tft, wsls
from lawgiver.games.opponents.tabular import Tabular
from lawgiver.games.opponents.zero_determinant import zd_extort
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

OPPONENTS: dict[str, Callable[..., Opponent]] = {
    "random": random,
    "allc": allc,
    "alld": alld,
    "tft": tft,
    "tf2t": tf2t,
    "gtft": gtft,
    "wsls": wsls,
    "grim": grim,
    "zd_extort": zd_extort,
    "memory": memory,
    "noise": noise,
    "q_learner": q_learner,
}
"""Written `name` or `name(parameters)`."""
ELSEWHERE: dict[str, Callable[[str], Opponent]] = {
    "checkpoint": checkpoint,
    "axelrod": axelrod,
}
"""Written `name:where`."""


def opponent(text: str) -> Opponent:
    """Make the opponent that `text` describes.

    `tft`, `random(0.3)`, `noise(tft,0.05)`, `q_learner(alpha=0.2)`, `memory(0.9,0.1,0.9,0.1,first=0.5)`,
    `checkpoint:PATH`, `axelrod:Grudger`. A parameter is a number or another opponent.

    Raises:
        ConfigurationError: for an unknown name, parameters that it does not take, or values out of range.
    """
    stripped = text.strip()
    prefix, colon, rest = stripped.partition(":")
    if colon and re.fullmatch(r"\w+", prefix):
        if prefix not in ELSEWHERE:
            raise _unknown(text, prefix)
        if not rest:
            raise ConfigurationError(
                f"opponent {text!r}: nothing follows the colon; write checkpoint:PATH or axelrod:NAME"
            )
        return ELSEWHERE[prefix](rest)
    match = re.fullmatch(r"(\w+)\s*(?:\((.*)\))?", stripped, re.DOTALL)
    if not match:
        raise ConfigurationError(f"opponent {text!r}: not a name with parameters; write it like noise(tft,0.05)")
    name, inside = match.groups()
    if name not in OPPONENTS:
        raise _unknown(text, name)
    values: list[float | Opponent] = []
    named: dict[str, float | Opponent] = {}
    for part in _parts(text, inside or ""):
        key = re.match(r"(\w+)\s*=", part)
        if key:
            named[key[1]] = _value(part[key.end() :])
        else:
            values.append(_value(part))
    factory = OPPONENTS[name]
    try:
        inspect.signature(factory).bind(*values, **named)
    except TypeError as error:
        raise ConfigurationError(f"opponent {text!r}: {error}; {name} takes {_takes(factory)}") from None
    return factory(*values, **named)


def memory_one_of(player: Opponent | str, stage: Stage | None = None) -> tuple[float, Floats]:
    """P(C) in the first round, and `p_4` = P(C | CC, CD, DC, DD), the player's own move first.

    Args:
        player: an opponent or its text.
        stage: the game from the learner's side, for players that look at the payoffs.

    Raises:
        ConfigurationError: if the player looks back further than one round, cannot play the game, or needs one.
    """
    made = opponent(player) if isinstance(player, str) else player
    if isinstance(made, Tabular):
        return made.memory_one_in(stage)
    raise ConfigurationError(f"opponent {made.name}: it has no finite memory, so no four-vector")


def _value(text: str) -> float | Opponent:
    try:
        return float(text)
    except ValueError:
        return opponent(text)


def _parts(text: str, inside: str) -> list[str]:
    """Split at the commas that are not within brackets of their own."""
    if not inside.strip():
        return []
    parts, depth = [""], 0
    for letter in inside:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    if depth or not all(part.strip() for part in parts):
        raise ConfigurationError(f"opponent {text!r}: brackets that do not match or an empty parameter")
    return [part.strip() for part in parts]


def _takes(factory: Callable[..., Opponent]) -> str:
    parameters = inspect.signature(factory).parameters.values()
    return ", ".join(str(each.replace(annotation=inspect.Parameter.empty)) for each in parameters) or "no parameters"


def _unknown(text: str, name: str) -> ConfigurationError:
    known = ", ".join([*OPPONENTS, "checkpoint:PATH", "axelrod:NAME"])
    return ConfigurationError(f"opponent {text!r}: {name!r} is not known; choose from {known}")
