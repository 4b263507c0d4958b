"""A training that begins with the weights of another, its reference untouched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peft import PeftModel, load_peft_weights, set_peft_model_state_dict
from transformers import Trainer

from lawgiver.models.load import LoadedModel


def begin_with(trainer: Trainer, weights: Path, load_model: Callable[[str], LoadedModel]) -> None:
    """Put what an earlier training of the same stage learned into a trainer that has not begun.

    The log-probabilities of the reference are columns of the trainer's data, computed when it was built. So the KL is
    still measured from where the stage started, not from where this training begins.

    Args:
        trainer: as `build` made it.
        weights: the run directory of the earlier training.
        load_model: from its folder to a model; asked where all weights are trained.
    """
    model = trainer.model
    if isinstance(model, PeftModel):
        set_peft_model_state_dict(model, load_peft_weights(str(weights / "adapter"), device=str(model.device)))
    else:
        assert model is not None
        model.load_state_dict(load_model(str(weights)).model.state_dict())
