"""Losses of alignment, one a file: pure functions of log-probabilities or scores, one value a row. Needs torch."""

from lawgiver.align.losses.bfpo import bfpo, bfpo_targets
from lawgiver.align.losses.can import can
from lawgiver.align.losses.cost_model import cost_loss
from lawgiver.align.losses.dpo import dpo
from lawgiver.align.losses.ipo import ipo
from lawgiver.align.losses.kto import batch_divergence, kto
from lawgiver.align.losses.modpo import modpo
from lawgiver.align.losses.pairs import PairLogps, mean_of
from lawgiver.align.losses.reward_model import differing, hold_last, reward_loss
from lawgiver.align.losses.safedpo import reorder, safedpo

__all__ = [
    "PairLogps",
    "batch_divergence",
    "bfpo",
    "bfpo_targets",
    "can",
    "cost_loss",
    "differing",
    "dpo",
    "hold_last",
    "ipo",
    "kto",
    "mean_of",
    "modpo",
    "reorder",
    "reward_loss",
    "safedpo",
]
