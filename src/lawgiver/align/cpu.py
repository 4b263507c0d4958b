"""What is slow in a training step on a CPU, cured by public hooks. Nothing that is computed changes."""

from __future__ import annotations

from typing import Any

import torch
from transformers import PreTrainedModel


def quicken(model: PreTrainedModel) -> None:
    """Speed up the log-probabilities of a causal LM on a CPU, in place.

    Two cures. Gradients go through eager attention, since the fused kernel's backward pass alone is a quarter of
    a step; decoding keeps the fused kernel. And without Triton, TRL multiplies every position by the vocabulary
    matrix, prompts and padding too, though only labelled ones count: they are strung together into one row, and what is
    said of each token goes back to its place, since trainers mask by position. Elsewhere it is 0, as with Triton.
    """
    mask_BS: list[torch.Tensor] = []
    """Which tokens but the first are labelled in the batch under way, if the head is fused into its forward pass."""

    def before(module: torch.nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        wanted = "eager" if torch.is_grad_enabled() else "sdpa"
        if model.config._attn_implementation != wanted:
            model.set_attn_implementation(wanted)
        mask_BS.clear()
        labels = kwargs.get("labels")
        if not kwargs.get("fused_lm_head") or labels is None:
            return args, kwargs
        labelled_BS = labels[:, 1:] != -100
        if not labelled_BS.any():
            return args, kwargs
        mask_BS.append(labelled_BS)
        # the head drops the first label, which nothing predicts
        strung_1N = torch.cat([labels.new_full((1,), -100), labels[:, 1:][labelled_BS]])[None]
        return args, kwargs | {"labels": strung_1N}

    def after_backbone(module: torch.nn.Module, args: Any, output: Any) -> Any:
        if mask_BS:
            hidden = output.last_hidden_state
            # and the last position, which predicts nothing
            output.last_hidden_state = torch.cat([hidden[:, :-1][mask_BS[0]], hidden[-1:, -1]])[None]
        return output

    def after(module: torch.nn.Module, args: Any, output: Any) -> Any:
        if mask_BS:
            labelled_BS = mask_BS[0]
            for name, value in list(output.items()):
                if torch.is_tensor(value) and value.shape == (1, int(labelled_BS.sum())):
                    output[name] = value.new_zeros(labelled_BS.shape).masked_scatter(labelled_BS, value)
        return output

    model.register_forward_pre_hook(before, with_kwargs=True)
    model.register_forward_hook(after)
    model.base_model.register_forward_hook(after_backbone)
