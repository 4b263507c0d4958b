"""A learner's past self as the opponent: the policy that a training run left behind."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.games.opponents.base import Floats
from lawgiver.games.opponents.tabular import Rule, Tabular
from lawgiver.games.opponents.views import two_players
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

FILE = "policy.json"


def checkpoint(path: str | Path) -> Tabular:
    """The policy in the folder `path`, seated opposite to the learner.

    `policy.json` holds the checkpoint's own view: `states` names each history (own move, other's move, the oldest
    round first), `actions` its action ids, `p[state][action]` their probabilities. What is missing to 1 is illegal
    answers: an opponent is held to its legal ones, in proportion. Before it has seen a round it plays as if its
    history were drawn uniformly.

    Raises:
        ConfigurationError: if there is no such file or it does not hold a policy.
    """
    file = Path(path).expanduser() / FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigurationError(f"{file}: not there or not readable; give the folder of a checkpoint") from None
    except ValueError as error:
        raise ConfigurationError(f"{file}: not JSON ({error})") from None
    p_HB, names, actions = _read(file, document)
    # with two actions there are 4**n histories; with more, the last round is all it sees
    count = len(names)
    square = len(actions) == 2 and count & (count - 1) == 0 and count.bit_length() % 2 == 1 and count > 1
    memory = (count.bit_length() - 1) // 2 if square else 1
    return Tabular(f"checkpoint:{path}", memory, partial(_rule, file, memory, p_HB, names, actions))


def _read(file: Path, document: Any) -> tuple[Floats, list[str], list[str]]:
    try:
        names, actions = [str(name) for name in document["states"]], [str(name) for name in document["actions"]]
        p_HB = np.array(document["p"], dtype=np.float64)
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(
            f"{file}: it should hold the lists states, actions and p, a row for each state"
        ) from None
    if p_HB.shape != (len(names), len(actions)) or not p_HB.size:
        raise ConfigurationError(f"{file}: p is {p_HB.shape}, for {len(names)} states and {len(actions)} actions")
    legal_H = p_HB.sum(axis=1)
    # written so that NaN is refused as well
    if not (np.all(p_HB >= 0) and np.all(legal_H <= 1 + 1e-6)):
        raise ConfigurationError(f"{file}: each row of p should hold probabilities with a sum of at most 1")
    if not np.all(legal_H > 0):
        raise ConfigurationError(f"{file}: in {names[int(legal_H.argmin())]} no legal action has any probability")
    return p_HB / legal_H[:, None], names, actions


def _rule(file: Path, memory: int, p_HB: Floats, names: list[str], actions: list[str], stage: Stage) -> Rule:
    two_players(stage, f"checkpoint:{file.parent}")
    own = [situation[0] for situation in stage.situations]
    if sorted(actions) != sorted(own):
        raise ConfigurationError(
            f"{file}: its actions are {', '.join(actions)}, and in {stage.name} the learner's opponent has "
            f"{', '.join(own)}; use a checkpoint of this game from the other role"
        )
    rounds = ["".join(pair) for pair in product(own, stage.actions)]
    expected = [_bare("".join(history)) for history in product(rounds, repeat=memory)]
    row = {_bare(name): index for index, name in enumerate(names)}
    if sorted(row) != sorted(expected) or len(row) < len(names):
        shown = ", ".join(expected[: min(4, len(expected))])
        raise ConfigurationError(
            f"{file}: its {len(names)} states should be the {math.prod((len(rounds),) * memory)} histories "
            f"{shown}, … of {stage.name}, its own move first"
        )
    ordered_HB = p_HB[[row[name] for name in expected]][:, [actions.index(name) for name in own]]
    return Rule(ordered_HB.mean(axis=0), ordered_HB)


def _bare(name: str) -> str:
    """A state's name without what separates its moves and rounds."""
    return re.sub(r"[\s,;|/>-]+", "", name)
