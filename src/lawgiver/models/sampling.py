"""Drawing tokens, each row from a stream of its own: what a row says does not depend on its neighbours."""

from __future__ import annotations

import hashlib

import numpy as np
import torch


def uniforms(seed: int, prompt: list[int], occurrence: int, count: int) -> list[float]:
    """The random numbers in [0, 1) of one row, one a token.

    Args:
        seed: of the whole run, ≥ 0.
        prompt: the row's token ids.
        occurrence: how many rows before it have the same prompt, so that repeated prompts are answered anew.
        count: how many.
    """
    digest = hashlib.sha256(np.asarray(prompt, dtype=np.int64).tobytes()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    numbers: list[float] = np.random.default_rng([seed, occurrence, *words]).random(count).tolist()
    return numbers


def draw(logits_BV: torch.Tensor, uniform_B: torch.Tensor, temperature: float, top_p: float = 1.0) -> torch.Tensor:
    """Sample one token a row by inverting the cumulative distribution; several times quicker than `multinomial`.

    Args:
        logits_BV: of B rows over V tokens.
        uniform_B: one number in [0, 1) a row.
        temperature: > 0.
        top_p: in (0, 1]; only the likeliest tokens that together reach this probability are drawn from.

    Returns:
        B token ids.
    """
    probabilities_BV = torch.softmax(logits_BV.float() / temperature, dim=-1)
    if top_p >= 1:
        return _invert(probabilities_BV, uniform_B)
    sorted_BV, order_BV = probabilities_BV.sort(dim=-1, descending=True)
    before_BV = sorted_BV.cumsum(-1) - sorted_BV
    nucleus_BV = sorted_BV.masked_fill(before_BV >= top_p, 0.0)
    return order_BV.gather(1, _invert(nucleus_BV, uniform_B)[:, None])[:, 0]


def _invert(weights_BV: torch.Tensor, uniform_B: torch.Tensor) -> torch.Tensor:
    cumulative_BV = weights_BV.cumsum(-1)
    # of the sum that rounding arrived at, not of 1, or the last tokens would get what is missing
    total_B = cumulative_BV[:, -1]
    target_B = uniform_B.to(cumulative_BV) * total_B
    # a number just below 1 may have become 1; below the sum there is always a token that can be drawn
    target_B = torch.minimum(target_B, torch.nextafter(total_B, torch.zeros_like(total_B)))
    return torch.searchsorted(cumulative_BV, target_B[:, None], right=True)[:, 0]
