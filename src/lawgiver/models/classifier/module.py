"""Hidden states, pooled, through a linear head: the network that is trained, and its pure parts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from lawgiver.models.classifier.backbone import Pooling
from lawgiver.models.classifier.sizes import by_size as by_size
from lawgiver.models.classifier.windows import Window


class ClassifierModule(torch.nn.Module):
    """Logits of O outputs for every window."""

    def __init__(self, backbone: PreTrainedModel, pooling: Pooling, outputs: int, *, dropout: float = 0.0) -> None:
        """The head is drawn from torch's generator, in fp32."""
        super().__init__()
        self.backbone, self.pooling = backbone, pooling
        self.dropout = torch.nn.Dropout(dropout)
        self.head = torch.nn.Linear(int(backbone.config.get_text_config().hidden_size), outputs)

    def forward(self, ids_WT: torch.Tensor, mask_WT: torch.Tensor) -> torch.Tensor:
        """Logits of W windows, (W, O), in fp32.

        Args:
            ids_WT: token ids, padded on the right.
            mask_WT: 1 where there is a token, 0 on the padding.
        """
        hidden_WTH = self.backbone(input_ids=ids_WT, attention_mask=mask_WT).last_hidden_state
        pooled_WH = pooled(hidden_WTH.float(), mask_WT, self.pooling)
        # outside of autocast, if there is any: the head is small, and its logits are compared with each other
        with torch.autocast(pooled_WH.device.type, enabled=False):
            logits_WO: torch.Tensor = self.head(self.dropout(pooled_WH))
        return logits_WO


def pooled(hidden_WTH: torch.Tensor, mask_WT: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """One state a window, (W, H): the mean over its tokens, or the last of them; padding counts for nothing."""
    if pooling == "last":
        last_W = mask_WT.sum(1) - 1
        # the shape, not len(): an exporter that traces takes the latter for a constant
        return hidden_WTH[torch.arange(hidden_WTH.shape[0], device=hidden_WTH.device), last_W]
    mask_WT1 = mask_WT[..., None].to(hidden_WTH.dtype)
    return (hidden_WTH * mask_WT1).sum(1) / mask_WT1.sum(1)


def highest(logits_WO: torch.Tensor, owner_W: torch.Tensor, texts: int) -> torch.Tensor:
    """The highest logit of each output over the windows of each of N texts, (N, O).

    Args:
        logits_WO: of W windows.
        owner_W: which text each window is of; every text has one or more.
        texts: N.
    """
    start = torch.full((texts, logits_WO.shape[1]), -torch.inf, dtype=logits_WO.dtype, device=logits_WO.device)
    return start.scatter_reduce(0, owner_W[:, None].expand_as(logits_WO), logits_WO, "amax")


def padded(windows: Sequence[Window], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids of W windows padded on the right to the longest, and which are real; both (W, T)."""
    longest = max(len(window.ids) for window in windows)
    ids_WT = torch.tensor([[*window.ids, *[pad] * (longest - len(window.ids))] for window in windows])
    mask_WT = torch.tensor([[1] * len(window.ids) + [0] * (longest - len(window.ids)) for window in windows])
    return ids_WT, mask_WT
