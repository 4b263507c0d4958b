"""Who confirms the label of what a generator wrote: the texts nearest to it, or a guard that does not play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lawgiver.data.preference.split import unit_interval
from lawgiver.guard.example import Example
from lawgiver.guard.players.settings import NEIGHBOURS
from lawgiver.guard.registry import open_scorer
from lawgiver.guard.scorer import GuardScore
from lawgiver.models.classifier.backbone import Backbone, load_backbone
from lawgiver.models.classifier.states import states
from lawgiver.outcome import Abstained, Outcome, Value

Judge = Callable[[Sequence[Example]], list[Outcome[float]]]
"""Examples → P(unsafe) of each, whatever their own label says."""
NEAREST = 15
SHARP = 0.05
"""Temperature of the vote: a text whose cosine is that much lower has e times less to say."""
_MOST = 8000


def vote(
    cosine_QN: ArrayLike, unsafe_N: ArrayLike, nearest: int = NEAREST, sharp: float = SHARP
) -> NDArray[np.float64]:
    """P(unsafe) of Q texts by those that they are nearest to, (Q,) in [0, 1].

    Args:
        cosine_QN: to N labelled texts, in [−1, 1].
        unsafe_N: their labels.
        nearest: how many of them vote, fewer if there are not so many.
        sharp: temperature of their weights, exp(cosine / sharp).
    """
    cosine_QN = np.asarray(cosine_QN, dtype=np.float64)
    order_QK = np.argsort(-cosine_QN, axis=1, kind="stable")[:, :nearest]
    top_QK = np.take_along_axis(cosine_QN, order_QK, axis=1)
    weight_QK = np.exp((top_QK - top_QK[:, :1]) / sharp)
    voted_QK = np.asarray(unsafe_N, dtype=np.float64)[order_QK]
    return np.asarray((weight_QK * voted_QK).sum(1) / weight_QK.sum(1))


@dataclass
class Neighbours:
    """Labelled texts in the space of a pretrained encoder, which knows nothing of any guard."""

    backbone: Backbone
    unsafe_N: NDArray[np.bool_]
    states_NH: NDArray[np.float32]
    groups_N: NDArray[np.str_]
    """A text has no vote on what was made of its own group: it would confirm its label whatever became of it."""

    @classmethod
    def of(cls, examples: Sequence[Example], backbone: str, on_message: Callable[[str], None]) -> Neighbours:
        """Read in messages whose labels are known, at most `_MOST` of them, drawn from all sources by hash."""
        messages = [example for example in examples if example.mode == "prompt"]
        known = sorted(messages, key=lambda example: unit_interval(example.id, "guard:judge"))[:_MOST]
        loaded = load_backbone(backbone, on_message)
        on_message(f"reading {len(known)} texts that judge by their nearness")
        states_NH = states(loaded, [example.text for example in known])
        unsafe_N = np.array([example.unsafe for example in known])
        return cls(loaded, unsafe_N, states_NH, np.array([example.group or example.id for example in known]))

    def __call__(self, examples: Sequence[Example]) -> list[Outcome[float]]:
        """P(unsafe) of each."""
        if not examples:
            return []
        states_QH = states(self.backbone, [example.text for example in examples])
        found: list[Outcome[float]] = []
        for example, state_H in zip(examples, states_QH, strict=True):
            other_N = self.groups_N != (example.group or example.id)
            if not np.any(state_H):
                found.append(Abstained("the text has no token that the encoder knows"))
            elif not other_N.any():
                found.append(Abstained("there is no text of another group to judge by"))
            else:
                cosine_1N = (self.states_NH[other_N] @ state_H)[None]
                found.append(Value(float(vote(cosine_1N, self.unsafe_N[other_N])[0])))
        return found


def open_judge(name: str, examples: Sequence[Example], backbone: str, on_message: Callable[[str], None]) -> Judge:
    """`neighbours` among the examples in the space of a backbone, or a guard by any name that `evaluate` takes.

    Raises:
        ConfigurationError: for a name that is no guard, or one that does not load.
        DownloadError: if it has to be fetched and cannot be.
    """
    if name == NEIGHBOURS:
        return Neighbours.of(examples, backbone, on_message)
    scorer = open_scorer(name)

    def judge(asked: Sequence[Example]) -> list[Outcome[float]]:
        return [_unsafe(outcome) for outcome in scorer.score(asked)]

    return judge


def _unsafe(outcome: Outcome[GuardScore]) -> Outcome[float]:
    return Value(outcome.value.unsafe) if isinstance(outcome, Value) else outcome
