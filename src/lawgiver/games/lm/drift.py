"""How far a model has drifted from another on plain text: exact divergence over the whole vocabulary, and log-loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError


class TextDrift(NamedTuple):
    """Means over the predicted tokens of one text, in nats a token."""

    tokens: int
    """How many tokens are predicted: all but the first."""
    loss: float
    """Log-loss of the model."""
    base_loss: float
    """Log-loss of the other one."""
    kl: float
    """KL(base ‖ model), ≥ 0: what a token costs more if the model predicts what the base would write."""


def drift(loaded: LoadedModel, base: LoadedModel, texts: Sequence[str]) -> list[TextDrift]:
    """Compare two models of one vocabulary on texts, each read from its beginning without a chat format.

    Raises:
        ConfigurationError: if the models split text differently, or a text has fewer than two tokens.
    """
    return [_text(loaded, base, text) for text in texts]


def _text(loaded: LoadedModel, base: LoadedModel, text: str) -> TextDrift:
    ids, theirs = (each.tokenizer(text, add_special_tokens=False)["input_ids"] for each in (loaded, base))
    if ids != theirs:
        raise ConfigurationError(f"{loaded.name} and {base.name}: they split text differently; name another --base")
    if len(ids) < 2:
        raise ConfigurationError(f"drift: {text!r} has {len(ids)} tokens; give texts of two or more")
    logs_TV, base_TV = _logs(loaded, ids), _logs(base, ids)
    if logs_TV.shape != base_TV.shape:
        raise ConfigurationError(
            f"{loaded.name} and {base.name}: vocabularies of {logs_TV.shape[1]} and {base_TV.shape[1]}; they cannot be "
            "compared, so leave out the drift (--skip drift)"
        )
    next_T1 = torch.tensor(ids[1:], device=logs_TV.device)[:, None]
    base_TV = base_TV.to(logs_TV.device)
    kl_T = (base_TV.exp() * (base_TV - logs_TV)).sum(-1)
    loss, base_loss = (float(-each.gather(1, next_T1).mean()) for each in (logs_TV, base_TV))
    return TextDrift(len(ids) - 1, loss, base_loss, kl=float(kl_T.mean().clamp(min=0)))


def _logs(loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """Log-probabilities of every next token but the last, `(T − 1, V)`, fp32."""
    with torch.inference_mode():
        output = loaded.model(input_ids=torch.tensor([ids], device=loaded.model.device), use_cache=False)
        logs_TV: torch.Tensor = output.logits[0, :-1].float().log_softmax(-1)
    return logs_TV
