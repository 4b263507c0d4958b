"""What the folder of a preference model says of it: what it scores, and whether it may train or only evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.data.files import atomic_write, read_text, sha256_bytes, sha256_file
from lawgiver.outcome import ConfigurationError

CARD, WEIGHTS = "head.json", "head.safetensors"
Objective = Literal["reward", "cost"]
Role = Literal["training", "evaluation"]
_COUNTED = (CARD, WEIGHTS, "adapter/*.safetensors", "adapter/adapter_config.json", "model/*.safetensors")


class HeadCard(BaseModel):
    """The content of `head.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    """Raised whenever the same files would be read differently."""
    objective: Objective
    """`reward`: more is better. `cost`: more is unsafer, and above 0 is unsafe."""
    role: Role
    """What its scores may be used for: to train a policy, or to evaluate one."""
    level: Literal["sequence", "token"]
    """How it was trained; an answer's score is that of its last token either way."""
    base: str
    """The model it grew from, as the recipe names it."""
    base_sha256: str
    """Of that model's weights, as they were when it was trained."""
    data_sha256: str
    """Of the pairs it was trained on."""
    mean: float = Field(default=0.0, allow_inf_nan=False)
    """Taken off every raw score; 0 for a cost, whose zero has a meaning."""
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """What the rest is divided by."""


def read_card(folder: Path, role: Role | None = None) -> HeadCard:
    """Read what a folder says of its preference model; needs no torch.

    Args:
        folder: one that a run of `type: preference-models` wrote, e.g. `runs/preference_models/cost-evaluation`.
        role: what the scores are wanted for; None for looking only.

    Raises:
        ConfigurationError: if there is no preference model, or it is there for the other role.
    """
    path = folder / CARD
    if not path.is_file() or not (folder / WEIGHTS).is_file():
        raise ConfigurationError(
            f"{folder}: no preference model there ({CARD}, {WEIGHTS}); `lawgiver align recipes/preference_models.yaml` "
            "trains some, each in a folder like cost-training"
        )
    try:
        card = HeadCard.model_validate(json.loads(read_text(path)))
    except (json.JSONDecodeError, ValidationError) as error:
        raise ConfigurationError(f"{path}: not what lawgiver writes ({str(error).splitlines()[0]})") from None
    if role is not None and card.role != role:
        raise ConfigurationError(
            f"{path}: role: this model is for {card.role}, and its scores are wanted for {role}; the model that trains "
            f"is never the one that evaluates. Name the one of role {role}, e.g. "
            f"{folder.parent / f'{card.objective}-{role}'}"
        )
    return card


def write_card(folder: Path, card: HeadCard) -> None:
    """Write `head.json`, atomically."""
    atomic_write(folder / CARD, json.dumps(card.model_dump(), ensure_ascii=False, indent=1) + "\n")


def head_sha256(folder: Path) -> str:
    """One hash over every file that decides a score; the base model counts by the hash in the card."""
    paths = sorted(path for pattern in _COUNTED for path in folder.glob(pattern))
    hashes = {path.relative_to(folder).as_posix(): sha256_file(path) for path in paths}
    return sha256_bytes(json.dumps(hashes, sort_keys=True).encode())
