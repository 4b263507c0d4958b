"""One policy under many frameworks: what each of them would have paid for its play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lawgiver.games.markov import Floats


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one framework says of a policy."""

    mean: float
    """Mean reward over the legal moves it speaks about, in payoff units; NaN if there were none."""
    applies: float
    """The share of legal moves that it speaks about."""


def panel(p_HA: Floats, q_HB: Floats, share_H: Floats, rewards_SAB: Mapping[str, Floats]) -> dict[str, Verdict]:
    """The mean reward of a policy's legal moves under each framework. Legality is a question of its own.

    Args:
        p_HA: the policy.
        q_HB: what the others do.
        share_H: share of decisions made in each history.
        rewards_SAB: name → reward, over histories or over the S last states; NaN where a framework abstains.
    """
    legal_HAB = share_H[:, None, None] * p_HA[:, :, None] * q_HB[:, None, :]
    legal = float(legal_HAB.sum())
    verdicts = {}
    for name, reward_SAB in rewards_SAB.items():
        reward_HAB = reward_SAB[np.arange(len(p_HA)) % len(reward_SAB)]
        spoken_HAB = np.where(np.isnan(reward_HAB), 0.0, legal_HAB)
        spoken = float(spoken_HAB.sum())
        mean = float((spoken_HAB * np.nan_to_num(reward_HAB)).sum()) / spoken if spoken > 0 else float("nan")
        verdicts[name] = Verdict(mean, spoken / legal if legal > 0 else 0.0)
    return verdicts
