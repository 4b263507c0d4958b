"""Who answers: a model, or the policy that refuses everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lawgiver.charter import Charter
from lawgiver.evaluate.run import Answer, EvaluateConfig, Progress, Responder, refuse_everything

if TYPE_CHECKING:
    from lawgiver.models import LoadedModel

REFUSE = "refuse"


def responder_for(config: EvaluateConfig, charter: Charter) -> Responder:
    """The responder that a configuration names; loads the model."""
    if config.model == REFUSE:
        return refuse_everything(charter)
    from lawgiver.models.load import load

    return model_responder(config, load(config.model))


def model_responder(config: EvaluateConfig, loaded: LoadedModel) -> Responder:
    """A responder that decodes with a loaded model."""
    from lawgiver.models.generate import generate

    def respond(conversations: Sequence[list[dict[str, str]]], on_progress: Progress) -> list[Answer]:
        completions = generate(
            loaded,
            conversations,
            max_new_tokens=config.max_new_tokens,
            temperature=config.temperature,
            seed=config.seed,
            on_progress=on_progress,
        )
        return [Answer(text=c.text.strip(), truncated=c.truncated) for c in completions]

    return respond
