"""What every classifier does around its network: cut texts, ask it, take the highest window of each. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.windows import Window, Windower
from lawgiver.outcome import Abstained, Failed, Outcome, Value

MAX_WINDOWS = 512
"""A text of more is not read: a guard that can be kept busy for minutes by one message is no guard."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a classifier says of one text."""

    probabilities: Mapping[str, float]
    """Output → the highest probability in any window, in [0, 1]."""
    spans: Mapping[str, tuple[int, int]]
    """Output → the characters of that window: the first, counted from 0, and the first after the last."""
    windows: int
    """How many there were."""


class Reader(Protocol):
    """A classifier that reads texts, whatever runs it."""

    @property
    def card(self) -> ClassifierCard:
        """What it is."""

    def predict(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 4096,
        max_windows: int = MAX_WINDOWS,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Outcome[Prediction]]:
        """Read N texts; one outcome for each, in their order."""


def read_texts(
    texts: Sequence[str],
    windower: Windower,
    outputs: Sequence[str],
    logits: Callable[[list[Window]], npt.NDArray[np.float32]],
    max_windows: int = MAX_WINDOWS,
) -> list[Outcome[Prediction]]:
    """Read N texts of any length.

    Args:
        texts: anything; a text that is not valid Unicode, has no known token, or too many windows gets none.
        windower: of the network.
        outputs: what the O columns of its logits are.
        logits: from W windows to the logits of each, (W, O).
        max_windows: the most windows of a text that are read.
    """
    outcomes: list[Outcome[Prediction]] = [Failed("not read")] * len(texts)
    windows: dict[int, list[Window]] = {}
    for index, text in enumerate(texts):
        try:
            found = windower([text])[0]
        except TypeError:  # what the tokenizers library raises for a lone surrogate
            outcomes[index] = Abstained("the text holds a lone surrogate, which is no character")
            continue
        if not found:
            outcomes[index] = Abstained("the text has no token that the model knows")
        elif len(found) > max_windows:
            outcomes[index] = Abstained(f"the text has {len(found)} windows of tokens; at most {max_windows} are read")
        else:
            windows[index] = found
    rows_WO = logits([window for found in windows.values() for window in found])
    at = 0
    for index, found in windows.items():
        outcomes[index] = _outcome(rows_WO[at : at + len(found)], found, outputs)
        at += len(found)
    return outcomes


def _outcome(
    logits_KO: npt.NDArray[np.float32], windows: Sequence[Window], outputs: Sequence[str]
) -> Outcome[Prediction]:
    """What the windows of one text come to: of each output the highest."""
    if not np.isfinite(logits_KO).all():
        return Failed("the model answered with a number that is none")
    best_O = logits_KO.argmax(0).tolist()
    logit_O = logits_KO.max(0).astype(np.float64)
    small_O = np.exp(-np.abs(logit_O))  # never overflows
    probabilities_O = (np.where(logit_O < 0, small_O, 1.0) / (1 + small_O)).tolist()
    return Value(
        Prediction(
            dict(zip(outputs, probabilities_O, strict=True)),
            {name: (windows[best].start, windows[best].end) for name, best in zip(outputs, best_O, strict=True)},
            len(windows),
        )
    )
