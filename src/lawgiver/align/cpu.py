"""What is slow in a training step on a CPU, cured by public hooks. Nothing that is computed changes."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import pad
from transformers import PreTrainedModel


def quicken(model: PreTrainedModel) -> None:
    """Speed up the log-probabilities of a causal LM on a CPU, in place.

    Two cures. Gradients go through eager attention, since the fused kernel's backward pass alone is a quarter of
    a step; decoding keeps the fused kernel. And without Triton, TRL multiplies every position by the vocabulary
    matrix, the prompt's too, though only the completion's count: labels and hidden states are cut to what counts, and
    what is said of each token is widened again, since some trainers mask it by position.
    """
    kept: list[int] = []
    """Columns of the batch under way that count and all there are, if the head is fused into its forward pass."""

    def before(module: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        wanted = "eager" if torch.is_grad_enabled() else "sdpa"
        if model.config._attn_implementation != wanted:
            model.set_attn_implementation(wanted)
        kept.clear()
        labels = kwargs.get("labels")
        if not kwargs.get("fused_lm_head") or labels is None:
            return args, kwargs
        counted = (labels != -100).any(dim=0).nonzero()
        if len(counted) == 0:
            return args, kwargs
        # the position before the first label predicts it
        kept.extend((labels.shape[1] - max(int(counted[0]) - 1, 0), labels.shape[1]))
        return args, kwargs | {"labels": labels[:, -kept[0] :]}

    def after_backbone(module: torch.nn.Module, args: Any, output: Any) -> Any:
        if kept:
            output.last_hidden_state = output.last_hidden_state[:, -kept[0] :]
        return output

    def after(module: torch.nn.Module, args: Any, output: Any) -> Any:
        if kept:
            for name, value in list(output.items()):
                if torch.is_tensor(value) and value.ndim == 2 and value.shape[1] == kept[0] - 1:
                    output[name] = pad(value, (kept[1] - kept[0], 0))
        return output

    model.register_forward_pre_hook(before, with_kwargs=True)
    model.register_forward_hook(after)
    model.base_model.register_forward_hook(after_backbone)
