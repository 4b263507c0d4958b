"""Multi-objective DPO: one objective's preferences, with the others' rewards as a margin."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from lawgiver.align.losses.pairs import PairLogps, positive
from lawgiver.outcome import ConfigurationError


def modpo(
    pairs: PairLogps,
    margins_BM: torch.Tensor,
    *,
    temperature: float,
    weight: float,
    margin_weights_M: torch.Tensor,
) -> torch.Tensor:
    """`−log σ((τ h − Σ_m w_m Δr_m) / w)` of each pair (MODPO, arXiv 2310.03708), shape (B,).

    Its optimum maximises `w r + Σ w_m r_m − τ KL`, r being the reward behind the pairs at hand. A constraint of
    multiplier λ is the weights w = 1 and λ, up to their sum.

    Args:
        pairs: log-probabilities of pairs ranked by the objective at hand.
        margins_BM: rewards of the M other objectives, preferred minus other answer; for a cost, its negative.
        temperature: τ.
        weight: w > 0, of the objective at hand.
        margin_weights_M: w_m.

    Raises:
        ConfigurationError: if temperature or weight is not positive, or the shapes do not fit.
    """
    if margins_BM.shape != (len(pairs.chosen_B), len(margin_weights_M)):
        raise ConfigurationError(
            f"margins have shape {tuple(margins_BM.shape)}; give ({len(pairs.chosen_B)}, {len(margin_weights_M)})"
        )
    own_B = positive("temperature", temperature) * pairs.gap_B - margins_BM @ margin_weights_M
    return -logsigmoid(own_B / positive("weight", weight))
