"""Checkpoints of a guard's training: one folder each, whole or not there at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from lawgiver.models.classifier.module import ClassifierModule

WEIGHTS, STATE = "trained.safetensors", "state.pt"


def save(folder: Path, step: int, module: ClassifierModule, optimiser: torch.optim.Optimizer, keep: int) -> None:
    """Write `folder/step-000123`, then delete all but the newest `keep`; a crash leaves the older ones whole."""
    final = folder / f"step-{step:06d}"
    draft = folder / f".{final.name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    trained = {name: value for name, value in module.named_parameters() if value.requires_grad}
    save_file({name: value.detach().cpu().contiguous() for name, value in trained.items()}, draft / WEIGHTS)
    random = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        random["cuda"] = torch.cuda.get_rng_state()
    torch.save({"optimiser": optimiser.state_dict(), "random": random}, draft / STATE)
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)
    for old in _all(folder)[:-keep]:
        shutil.rmtree(old)


def newest_step(folder: Path) -> int:
    """The step of the newest whole checkpoint, 0 if there is none."""
    found = _all(folder)
    return int(found[-1].name.removeprefix("step-")) if found else 0


def restore(folder: Path, step: int, module: ClassifierModule, optimiser: torch.optim.Optimizer) -> None:
    """Take up weights, optimiser and random state as they were after a step."""
    where = folder / f"step-{step:06d}"
    module.load_state_dict(load_file(where / WEIGHTS), strict=False)  # what was frozen is not in it
    state = torch.load(where / STATE, weights_only=True)
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["random"]["cpu"])
    if "cuda" in state["random"] and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["random"]["cuda"])


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if (path / STATE).is_file())
