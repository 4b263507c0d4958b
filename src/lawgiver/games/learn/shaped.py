"""Opponent shaping inside the training loop: what a learner adds to its own gradient because the other will learn."""

from __future__ import annotations

import numpy as np

from lawgiver.games.learn.objective import Indices
from lawgiver.games.learn.reached import legalised
from lawgiver.games.markov import Floats
from lawgiver.games.problem import Problem
from lawgiver.games.shaping import Match, lola, naive


def shaping_weights(
    history_N: Indices, own_HA: Floats, other_HB: Floats, own: Problem, other: Problem, lookahead: float
) -> Floats:
    """Weights on `log p_NA` on top of the plain gradient's: LOLA's direction less the naive one, per round.

    Both are directions in logits, and the log-probabilities of legal answers are logits, so they can be ascended as
    they are; each prompt of a history takes an equal share.

    Args:
        history_N: the history each of the learner's N prompts shows.
        own_HA: the learner's policy; illegality is left out of it.
        other_HB: the other's, in the other's own view.
        own: the learner's problem.
        other: the other's problem, in the other's own view.
        lookahead: the step that the other is expected to take on its logits.
    """
    match = Match.between(own, other)
    logits = [np.log(np.maximum(legalised(p), 1e-12)) for p in (own_HA, other_HB)]
    extra_HA = lola(lookahead)(match, *logits) - naive(match, *logits)
    count_H = np.bincount(history_N, minlength=own.histories)
    weights_NA: Floats = (1 - own.gamma) * (extra_HA / np.maximum(count_H, 1)[:, None])[history_N]
    return weights_NA
