"""What a model has kept: log-loss on plain text, and short facts told right rather than wrong, each against the base.

Alignment that costs knowledge shows here and not in a charter's scores. Both sets are small and fixed; they show a
large loss, and do not rank models that are close.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lawgiver.evaluate.summary import SEED
from lawgiver.outcome import Abstained, Outcome, Value, to_json
from lawgiver.stats import bootstrap_mean, compare_paired

if TYPE_CHECKING:
    from lawgiver.models import LoadedModel


class Cloze(NamedTuple):
    """A sentence to be ended, with a right and a wrong end of like length."""

    start: str
    right: str
    wrong: str


class Kept(NamedTuple):
    """What one model knows, item by item."""

    losses: tuple[float, ...]
    """Log-loss of each text, in nats a token."""
    tokens: tuple[tuple[int, ...], ...]
    """Their token ids."""
    right: tuple[float, ...]
    """Of each cloze: 1 if the right end is likelier, ½ if both are as likely, else 0."""


@cache
def cloze_items() -> tuple[Cloze, ...]:
    """The items of `cloze.jsonl`."""
    return tuple(Cloze(**json.loads(line)) for line in _lines("cloze.jsonl"))


@cache
def retention_texts() -> tuple[str, ...]:
    """The paragraphs of `texts.txt`, one a line."""
    return tuple(_lines("texts.txt"))


def kept(loaded: LoadedModel) -> Kept:
    """Measure one model: by the summed log-probability of each end, in the model's own chat format."""
    from lawgiver.models.score import score
    from lawgiver.models.textloss import text_losses

    losses = text_losses(loaded, retention_texts())
    items = cloze_items()
    asked = [[{"role": "user", "content": f"Complete the sentence: {item.start}"}] for item in items for _ in range(2)]
    ends = [end for item in items for end in (item.right, item.wrong)]
    scores = score(loaded, asked, ends, end=False)
    return Kept(
        tuple(each.loss for each in losses),
        tuple(each.tokens for each in losses),
        tuple(
            float((1 + np.sign(right.total - wrong.total)) / 2)
            for right, wrong in zip(scores[::2], scores[1::2], strict=True)
        ),
    )


def retention(base: Sequence[Kept], model: Sequence[Kept], resamples: int = 2000) -> dict[str, Any]:
    """A model's accuracy and log-loss against the base's, paired by item; runs of one model are averaged first.

    Args:
        base: one for each of the base's runs, at least one.
        model: one for each of the model's runs, at least one.
        resamples: bootstrap resamples of items.

    Returns:
        `cloze` and `log_loss`, each an outcome; log-loss abstains where the two split text into other tokens.
    """
    log_loss: Outcome[dict[str, Any]] = Abstained("the models split text differently, and loss is per token")
    if len({each.tokens for each in (*base, *model)}) == 1:
        log_loss = Value(_paired([each.losses for each in base], [each.losses for each in model], resamples))
    cloze = Value(_paired([each.right for each in base], [each.right for each in model], resamples))
    return {"cloze": to_json(cloze), "log_loss": to_json(log_loss)}


def accuracy(model: Sequence[Kept], resamples: int = 2000) -> dict[str, Any]:
    """A model's own share of right ends, and mean log-loss a token, with intervals over items."""
    right, losses = (np.mean([getattr(each, name) for each in model], axis=0) for name in ("right", "losses"))
    return {
        "cloze": bootstrap_mean(right, seed=SEED, resamples=resamples).to_json(),
        "log_loss": bootstrap_mean(losses, seed=SEED, resamples=resamples).to_json(),
    }


def _paired(base_SN: Sequence[Sequence[float]], model_SN: Sequence[Sequence[float]], resamples: int) -> dict[str, Any]:
    before_N, after_N = np.mean(base_SN, axis=0), np.mean(model_SN, axis=0)
    return compare_paired(before_N, after_N, range(len(before_N)), seed=SEED, resamples=resamples).to_json()


def _lines(name: str) -> list[str]:
    content = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line for line in content.split("\n") if line]
