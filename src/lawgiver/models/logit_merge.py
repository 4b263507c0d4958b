"""Two models that speak as one: their log-probabilities mixed at every token (DeRa, Liu et al. 2024, arXiv 2402.02992).

Between a model and what alignment made of it, the mixture stands for an alignment of another strength that nobody had
to train. Mixed over whole answers this is exact: if π_b ∝ π_a e^{λ g / β}, then π_a^{1−q} π_b^q ∝ π_a e^{q λ g / β}.
Mixed token by token, as decoding must, it is an approximation, since each token is normalised by itself.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, PreTrainedModel

from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError


def mixed_logprobs(first_V: Tensor, second_V: Tensor, q: float) -> Tensor:
    """Mix to log (π_a^{1−q} π_b^q / Z) over the last axis: the tokens of a vocabulary, or all answers of a table.

    Args:
        first_V: logits or log-probabilities of a, in nats; anything before the last axis is batch.
        second_V: of b, of the same shape.
        q: 0 is a, 1 is b; outside [0, 1] it goes beyond one of them.

    Returns:
        Normalised log-probabilities, fp32 (fp64 for fp64).
    """
    first_V, second_V = (x.float() if x.dtype != torch.float64 else x for x in (first_V, second_V))
    # at either end the other model is left out, where 0 · −inf would be no number
    if q == 0:
        return first_V.log_softmax(-1)
    if q == 1:
        return second_V.log_softmax(-1)
    return ((1 - q) * first_V.log_softmax(-1) + q * second_V.log_softmax(-1)).log_softmax(-1)


class LogitMerge(LogitsProcessor):
    """Mixes another model's next-token log-probabilities into those of the model that generates.

    For one `generate` call of transformers, greedy or sampling; it keeps a KV cache of the other model. Not for beam
    search, which reorders rows.
    """

    def __init__(self, model: PreTrainedModel, attention_mask_BT: Tensor, q: float) -> None:
        """Take the other model, and the attention mask of the left-padded prompts as `generate` gets them."""
        self.model = model
        self.mask_BT = attention_mask_BT.to(model.device)
        self.q = q
        self.cache: Any = None

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Mix: `input_ids` (B, T) so far, `scores` (B, V) of the generating model → log-probabilities (B, V)."""
        ids_BT = input_ids.to(self.model.device)
        new = ids_BT.shape[1] if self.cache is None else 1
        grown = ids_BT.shape[1] - self.mask_BT.shape[1]
        self.mask_BT = torch.nn.functional.pad(self.mask_BT, (0, grown), value=1)
        positions_BT = (self.mask_BT.cumsum(1) - 1).clamp(min=0)
        with torch.inference_mode():
            output = self.model(
                input_ids=ids_BT[:, -new:],
                attention_mask=self.mask_BT,
                position_ids=positions_BT[:, -new:],
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self.cache = output.past_key_values
        other_BV = output.logits[:, -1].to(scores.device)
        return mixed_logprobs(scores, other_BV, self.q)  # type: ignore[return-value]


class MergedModel(torch.nn.Module):
    """Two causal models behind the calls that decoding and scoring make; every other attribute is the first's."""

    def __init__(self, first: PreTrainedModel, second: PreTrainedModel, q: float) -> None:
        """Take both models and q."""
        super().__init__()
        self.first, self.second, self.q = first, second, q

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("first"), name)

    def forward(self, input_ids: Tensor, **inputs: Any) -> Any:
        """The first model's output, its logits replaced by mixed log-probabilities; arguments as theirs."""
        output = self.first(input_ids=input_ids, **inputs)
        device = self.second.device
        moved = {key: value.to(device) if isinstance(value, Tensor) else value for key, value in inputs.items()}
        other = self.second(input_ids=input_ids.to(device), **moved).logits.to(output.logits.device)
        output.logits = mixed_logprobs(output.logits, other, self.q)
        return output

    def generate(self, *, attention_mask: Tensor, logits_processor: LogitsProcessorList, **settings: Any) -> Any:
        """As the first model's `generate`, the mixing in front of the processors given."""
        processors = LogitsProcessorList([LogitMerge(self.second, attention_mask, self.q), *logits_processor])
        return self.first.generate(  # type: ignore[operator]
            attention_mask=attention_mask, logits_processor=processors, **settings
        )


def logit_merge(first: LoadedModel, second: LoadedModel, q: float) -> LoadedModel:
    """Put two models together; `generate` and `score` take the result as they take any model.

    Args:
        first: a, at q = 0; its tokenizer and generation settings are used.
        second: b, at q = 1.
        q: the share of b; beyond 1 it exaggerates what b learned over a.

    Raises:
        ConfigurationError: if their tokens differ, or q is not finite.
    """
    if not math.isfinite(q):
        raise ConfigurationError(f"q: is {q}; a number is wanted, 0 for {first.name} and 1 for {second.name}")
    one, two = first.tokenizer.get_vocab(), second.tokenizer.get_vocab()
    if one != two:
        token = min(text for text in one.keys() | two.keys() if one.get(text) != two.get(text))
        raise ConfigurationError(
            f"{second.name}: token {token[:40]!r} is {two.get(token)}, but {one.get(token)} in {first.name}; logits of "
            "different tokenizers do not mix"
        )
    widths = [loaded.model.config.vocab_size for loaded in (first, second)]
    if widths[0] != widths[1]:
        raise ConfigurationError(f"{second.name}: has logits for {widths[1]} tokens, {first.name} for {widths[0]}")
    model: Any = MergedModel(first.model, second.model, q)
    return LoadedModel(f"{first.name} + {q:g} {second.name}", model.eval(), first.tokenizer, first.resolved)
