"""What a model makes of plain text: log-loss of every token but the first, and how far it is from another model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from lawgiver.models.load import LoadedModel
from lawgiver.outcome import ConfigurationError


class TextLoss(NamedTuple):
    """Of one text."""

    loss: float
    """Mean over the predicted tokens, in nats a token."""
    tokens: tuple[int, ...]
    """All T ids; two losses compare only over the same ones."""


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


def text_losses(loaded: LoadedModel, texts: Sequence[str]) -> list[TextLoss]:
    """Log-loss of N texts, each read from its beginning without a chat format.

    Raises:
        ConfigurationError: if a text has fewer than two tokens, or more than the model can read.
    """
    all_ids = [_ids(loaded, text) for text in texts]
    return [TextLoss(_loss(_logs(loaded, ids), ids), tuple(ids)) for ids in all_ids]


def drift(loaded: LoadedModel, base: LoadedModel, texts: Sequence[str]) -> list[TextDrift]:
    """Compare two models of one vocabulary on texts: exact divergence over the whole vocabulary, and both losses.

    Raises:
        ConfigurationError: if the models split text differently, or a text is too short or too long for them.
    """
    return [_drift(loaded, base, text) for text in texts]


def _drift(loaded: LoadedModel, base: LoadedModel, text: str) -> TextDrift:
    ids = _ids(loaded, text)
    if ids != _ids(base, text):
        raise ConfigurationError(f"{loaded.name} and {base.name}: they split text differently; name another --base")
    logs_TV, base_TV = _logs(loaded, ids), _logs(base, ids)
    if logs_TV.shape != base_TV.shape:
        raise ConfigurationError(
            f"{loaded.name} and {base.name}: vocabularies of {logs_TV.shape[1]} and {base_TV.shape[1]}; they cannot be "
            "compared, so leave out the drift (--skip drift)"
        )
    base_TV = base_TV.to(logs_TV.device)
    kl = float((base_TV.exp() * (base_TV - logs_TV)).sum(-1).mean().clamp(min=0))
    return TextDrift(len(ids) - 1, _loss(logs_TV, ids), _loss(base_TV, ids), kl)


def _ids(loaded: LoadedModel, text: str) -> list[int]:
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    limit = getattr(loaded.model.config, "max_position_embeddings", None)
    if len(ids) < 2 or (limit and len(ids) > limit):
        raise ConfigurationError(
            f"{loaded.name}: {text[:40]!r} has {len(ids)} tokens and cannot be predicted; give a text of 2 to "
            f"{limit or 'any number'}"
        )
    return ids


def _logs(loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """Log-probabilities of every token but the first, `(T − 1, V)`, fp32."""
    with torch.inference_mode():
        output = loaded.model(input_ids=torch.tensor([ids], device=loaded.model.device), use_cache=False)
        logs_TV: torch.Tensor = output.logits[0, :-1].float().log_softmax(-1)
    return logs_TV


def _loss(logs_TV: torch.Tensor, ids: list[int]) -> float:
    return float(-logs_TV.gather(1, torch.tensor(ids[1:], device=logs_TV.device)[:, None]).mean())
