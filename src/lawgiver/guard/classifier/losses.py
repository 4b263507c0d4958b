"""Losses for several yes-or-no outputs of which some are unknown, and three ways to trust noisy labels less.

Everywhere `logits_BO` are raw scores, `targets_BO` lie in [0, 1] and `known_BO` is 1 where there is a target, else 0:
what is not known changes neither loss nor gradient.
"""

from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus


def split_known(labels_BO: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Targets with 0 in the place of NaN, and which were there, both (B, O)."""
    known_BO = (~torch.isnan(labels_BO)).to(labels_BO.dtype)
    return torch.nan_to_num(labels_BO, nan=0.0), known_BO


def bce(
    logits_BO: torch.Tensor, targets_BO: torch.Tensor, known_BO: torch.Tensor, weights_O: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy, summed over the known outputs, (B,); DuoGuard eq. 4.6 but for the mask.

    A sum, not a mean: an output weighs the same in a text of which all is known as in one of which little is.
    """
    losses_BO = binary_cross_entropy_with_logits(logits_BO, targets_BO, reduction="none")
    return (losses_BO * _weighted(known_BO, weights_O)).sum(1)


def zlpr(
    logits_BO: torch.Tensor, targets_BO: torch.Tensor, known_BO: torch.Tensor, weights_O: torch.Tensor | None = None
) -> torch.Tensor:
    """ZLPR, `log(1 + Σ_neg e^s) + log(1 + Σ_pos e^-s)` over the known outputs, (B,); arXiv 2208.02955, eq. 6.

    Every positive is pushed above every negative, and 0 lies between the two. Soft targets y count as y of a positive
    and 1 - y of a negative.
    """
    share_BO = _weighted(known_BO, weights_O)
    return _log_one_plus(logits_BO, share_BO * (1 - targets_BO)) + _log_one_plus(-logits_BO, share_BO * targets_BO)


def gce(
    logits_BO: torch.Tensor,
    targets_BO: torch.Tensor,
    known_BO: torch.Tensor,
    weights_O: torch.Tensor | None = None,
    *,
    q: float = 0.7,
) -> torch.Tensor:
    """Generalised cross-entropy `(1 - p_y^q) / q`, summed over the known outputs, (B,); arXiv 1805.07836, eq. 6.

    Between cross-entropy (q → 0), which learns every label by heart, and mean absolute error (q = 1), which gives up a
    label that the model is sure is wrong.

    Args:
        logits_BO: raw scores.
        targets_BO: soft targets mix the loss of yes and that of no.
        known_BO: the mask.
        weights_O: of the outputs; None takes 1.
        q: in (0, 1].
    """
    yes_BO = -torch.expm1(q * logsigmoid(logits_BO)) / q
    no_BO = -torch.expm1(q * logsigmoid(-logits_BO)) / q
    return ((targets_BO * yes_BO + (1 - targets_BO) * no_BO) * _weighted(known_BO, weights_O)).sum(1)


def smoothed(targets_BO: torch.Tensor, share: float) -> torch.Tensor:
    """Label smoothing: targets moved towards ½ by `share` in [0, 1) (arXiv 1512.00567, sect. 7)."""
    return targets_BO * (1 - share) + share / 2


def bootstrapped(targets_BO: torch.Tensor, logits_BO: torch.Tensor, share: float) -> torch.Tensor:
    """Soft bootstrapping: `share` in [0, 1) of each target is what the model itself believes (arXiv 1412.6596, eq. 6).

    No gradient flows through that belief.
    """
    return targets_BO * (1 - share) + share * torch.sigmoid(logits_BO.detach())


def _weighted(known_BO: torch.Tensor, weights_O: torch.Tensor | None) -> torch.Tensor:
    return known_BO if weights_O is None else known_BO * weights_O


def _log_one_plus(scores_BO: torch.Tensor, shares_BO: torch.Tensor) -> torch.Tensor:
    """`log(1 + Σ share · e^score)`, (B,), exact for scores of any size."""
    total_B = torch.logsumexp(torch.where(shares_BO > 0, scores_BO + torch.log(shares_BO.clamp_min(1e-30)), -1e30), 1)
    return softplus(total_B)
