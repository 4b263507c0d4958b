"""Names of histories, moves and action types, and the shares of those types in a policy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lawgiver.report.games.parts import Floats, Part, wrong

ILLEGAL = "illegal"


@dataclass(frozen=True)
class Names:
    """What the H histories, the A actions and the B things that others can have done are called."""

    histories: tuple[str, ...]
    actions: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """Action types in the order of `type_shares`: `C|C`, `C|D`, …, `illegal|D`."""
        return tuple(f"{action}|{after}" for action in (*self.actions, ILLEGAL) for after in self.after)


def names_from(document: Part, rounds: int) -> Names:
    """The names that `policy.json` gives.

    Args:
        document: it.
        rounds: how many rounds a history holds.
    """
    histories, actions = document.texts("states"), document.texts("actions")
    if not histories or not actions:
        raise wrong(document.where, "states and actions are wanted")
    joint = round(len(histories) ** (1 / rounds))
    if joint**rounds != len(histories) or joint % len(actions):
        raise wrong(document.where, f"{len(histories)} states do not go with {len(actions)} actions")
    situations = joint // len(actions)
    # the first states differ in the last round alone, and there in what the others did
    after = tuple(re.split(r"[\s,;]+", name)[-1].removeprefix(actions[0]) for name in histories[:situations])
    if len(set(after)) < situations or not all(after):
        after = plain_names(len(histories), len(actions), rounds).after
    return Names(tuple(histories), tuple(actions), after)


def plain_names(histories: int, actions: int, rounds: int = 1) -> Names:
    """Names where a run has given none yet: `C` and `D`, or `A0`, `A1` and so on."""
    joint = max(1, round(histories ** (1 / max(1, rounds))))
    situations = max(1, joint // max(1, actions))
    own = ("C", "D") if actions == 2 else tuple(f"A{i}" for i in range(actions))
    after = own if situations == actions else tuple(str(situations - 1 - b) for b in range(situations))
    comma = "" if actions == 2 else ","
    last = [f"{a}{comma}{b}" for a in own for b in after]
    whole = last
    while len(whole) < histories and len(last) > 1:
        whole = [f"{before} {name}" for before in whole for name in last]
    if len(whole) != histories:
        whole = [str(h) for h in range(histories)]
    return Names(tuple(whole), own, after)


def type_shares(p_THA: Floats, reachable_H: Sequence[bool], situations: int) -> Floats:
    """Shares of action types, `(T, (A + 1)·B)`, every history that can occur weighed alike, illegal answers last.

    The mean does not depend on how often the opponent leads into a history, so curves of several opponents can be
    laid side by side. NaN where something was not recorded.
    """
    moves_THX = np.concatenate([p_THA, 1 - p_THA.sum(axis=2, keepdims=True)], axis=2)
    history_R = np.flatnonzero(reachable_H)
    after_RB = np.eye(situations)[history_R % situations]
    shares_TXB = np.einsum("thx,hb->txb", moves_THX[:, history_R], after_RB) / max(1, len(history_R))
    shares_TX: Floats = shares_TXB.reshape(len(p_THA), -1).clip(0, 1)
    return shares_TX


def words_of(text: str, histories: int) -> list[str]:
    """The optimum of each history from its text: `CD=D` → `C`, `D`, `=`, `D`; dashes where it does not fit."""
    words = text.split() if " " in text else list(text)
    return words if len(words) == histories else ["–"] * histories
