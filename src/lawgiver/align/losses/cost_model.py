"""Loss of a cost model: the unsafer answer costs more, and the sign of a cost says whether an answer is unsafe."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from lawgiver.align.losses.reward_model import REGULARISATION, masked_mean


def cost_loss(
    unsafer: torch.Tensor,
    safer: torch.Tensor,
    unsafer_is_safe_B: torch.Tensor,
    safer_is_safe_B: torch.Tensor,
    mask_BT: torch.Tensor | None = None,
    *,
    regularisation: float = REGULARISATION,
) -> torch.Tensor:
    """Loss of each pair, shape (B,) (Safe RLHF, arXiv 2310.12773).

        −log σ(C_u − C_s) − log σ(s_u C_u) − log σ(s_s C_s) + ρ (C_u² + C_s²)/2,     s = +1 unsafe, −1 safe

    The two middle terms anchor the zero: differences alone leave a constant free, and a budget then means nothing.

    Args:
        unsafer: costs of the unsafer answers: (B,) sequence-wise, or (B, T) token-wise.
        safer: costs of the safer answers, of the same shape.
        unsafer_is_safe_B: whether the unsafer answer is safe all the same.
        safer_is_safe_B: whether the safer answer is safe.
        mask_BT: token-wise only: which positions count; see `reward_model.differing`.
        regularisation: ρ ≥ 0.
    """
    signed_unsafer = _signs(unsafer_is_safe_B, unsafer) * unsafer
    signed_safer = _signs(safer_is_safe_B, safer) * safer
    losses = (
        -logsigmoid(unsafer - safer)
        - logsigmoid(signed_unsafer)
        - logsigmoid(signed_safer)
        + regularisation * (unsafer**2 + safer**2) / 2
    )
    return losses if mask_BT is None else masked_mean(losses, mask_BT)


def _signs(is_safe_B: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """+1 where unsafe, −1 where safe, shaped to multiply (B,) or (B, T)."""
    sign_B = 1 - 2 * is_safe_B.to(like.dtype)
    return sign_B if like.ndim == 1 else sign_B[:, None]
