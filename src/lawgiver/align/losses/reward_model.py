"""Loss of a reward model: the better answer scores higher."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

REGULARISATION = 1e-3


def reward_loss(
    better: torch.Tensor,
    worse: torch.Tensor,
    mask_BT: torch.Tensor | None = None,
    *,
    regularisation: float = REGULARISATION,
) -> torch.Tensor:
    """`−log σ(R_w − R_l) + ρ (R_w² + R_l²)/2` of each pair, shape (B,) (Safe RLHF, arXiv 2310.12773).

    The square keeps rewards near 0, since only their differences are learned.

    Args:
        better: rewards of the better answers: (B,) sequence-wise, the score at the last token; (B, T) token-wise.
        worse: rewards of the other answers, of the same shape.
        mask_BT: token-wise only: which positions count, see `differing`. Each pair is the mean over its own.
        regularisation: ρ ≥ 0.
    """
    losses = -logsigmoid(better - worse) + regularisation * (better**2 + worse**2) / 2
    return losses if mask_BT is None else masked_mean(losses, mask_BT)


def differing(
    better_ids_BT: torch.Tensor, worse_ids_BT: torch.Tensor, better_mask_BT: torch.Tensor, worse_mask_BT: torch.Tensor
) -> torch.Tensor:
    """Positions that a token-wise loss compares: from the first token that differs to the end of the longer answer.

    Before it the two inputs are the same and so are their scores. Past its own end an answer's score is that of its
    last token; see `hold_last`. Rows are padded on the right to one length T; pairs of equal answers get no position.
    """
    shared = (better_ids_BT == worse_ids_BT) & (better_mask_BT.bool() == worse_mask_BT.bool())
    reached = (~shared).int().cumsum(dim=1) > 0
    return reached & (better_mask_BT.bool() | worse_mask_BT.bool())


def hold_last(scores_BT: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Scores whose last real value stands at every position of padding after it; rows are padded on the right."""
    last_B1 = (mask_BT.int().sum(dim=1, keepdim=True) - 1).clamp(min=0)
    return torch.where(mask_BT.bool(), scores_BT, scores_BT.gather(1, last_B1))


def masked_mean(values_BT: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Mean of each row over the positions that count, shape (B,); 0 where none does."""
    weight_BT = mask_BT.to(values_BT.dtype)
    return (values_BT * weight_BT).sum(dim=1) / weight_BT.sum(dim=1).clamp(min=1)
