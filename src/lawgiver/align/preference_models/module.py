"""What the Trainer trains: a backbone and a head, called with pairs, that answers with their loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lawgiver.align.losses import cost_loss, differing, hold_last, reward_loss
from lawgiver.align.preference_models.recipe import Head
from lawgiver.models.head_card import Objective
from lawgiver.models.score_head import padded, token_scores


class PairLoss(torch.nn.Module):
    """Scores both answers of each pair and compares them by the loss of its objective.

    Its state dict has what is trained and nothing else, so that a checkpoint of an adapter is as small as one.
    """

    def __init__(self, backbone: torch.nn.Module, head: torch.nn.Linear, objective: Objective, settings: Head) -> None:
        """`backbone` answers with hidden states; what of it does not require a gradient stays as it is."""
        super().__init__()
        self.backbone, self.head = backbone, head
        self.objective, self.settings = objective, settings
        self.register_state_dict_post_hook(_only_trained)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_post_hook(_frozen_are_not_missed)  # type: ignore[no-untyped-call]

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, safe: torch.Tensor) -> dict[str, torch.Tensor]:
        """Mean loss of B pairs.

        Args:
            ids: (B, 2, T) token ids, the answer that shall score higher first.
            mask: (B, 2, T), 0 on the padding, which is on the right.
            safe: (B, 2), whether each answer is flagged safe.
        """
        batch, _, width = ids.shape
        scores_B2T = token_scores(self.backbone, self.head, ids.view(-1, width), mask.view(-1, width))
        scores_B2T = hold_last(scores_B2T, mask.view(-1, width)).view(batch, 2, width)
        return {"loss": pair_loss(scores_B2T, ids, mask, safe, self.objective, self.settings).mean()}


def pair_loss(
    scores_B2T: torch.Tensor,
    ids_B2T: torch.Tensor,
    mask_B2T: torch.Tensor,
    safe_B2: torch.Tensor,
    objective: Objective,
    settings: Head,
) -> torch.Tensor:
    """Loss of each pair, shape (B,), from scores that are held after the last token (see `hold_last`)."""
    higher, lower, counted = scores_B2T[:, 0], scores_B2T[:, 1], None
    if settings.level == "token":
        counted = differing(ids_B2T[:, 0], ids_B2T[:, 1], mask_B2T[:, 0], mask_B2T[:, 1])
    else:
        higher, lower = higher[:, -1], lower[:, -1]
    if objective == "reward":
        return reward_loss(higher, lower, counted, regularisation=settings.regularisation)
    return cost_loss(higher, lower, safe_B2[:, 0], safe_B2[:, 1], counted, regularisation=settings.regularisation)


@dataclass(frozen=True)
class Collate:
    """Makes a batch of rows with `ids` (two lists) and `safe` (two truth values)."""

    pad: int
    """The id of padding."""

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Tensors as `PairLoss.forward` takes them."""
        ids, mask = padded([ids for row in rows for ids in row["ids"]], self.pad)
        return {
            "ids": ids.view(len(rows), 2, -1),
            "mask": mask.view(len(rows), 2, -1),
            "safe": torch.tensor([row["safe"] for row in rows]),
        }


def _only_trained(module: torch.nn.Module, state: dict[str, Any], prefix: str, _metadata: Any) -> None:
    trained = {prefix + name for name, parameter in module.named_parameters() if parameter.requires_grad}
    for name in [name for name in state if name.startswith(prefix) and name not in trained]:
        del state[name]


def _frozen_are_not_missed(module: torch.nn.Module, incompatible: Any) -> None:
    trained = {name for name, parameter in module.named_parameters() if parameter.requires_grad}
    incompatible.missing_keys[:] = [name for name in incompatible.missing_keys if name in trained]
