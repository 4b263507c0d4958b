"""A run of stages on the tiny model, by one process or by several: `two_processes_stages.py RECIPE RUN`."""

import sys
from pathlib import Path

import torch

from lawgiver.align.processes import part
from lawgiver.align.stages import read_stages
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.run import train_stages
from lawgiver.models.load import LoadedModel, load


def load_single(name: str) -> LoadedModel:
    """In single precision, whatever this machine likes best."""
    return load(name, dtype=torch.float32)


def main(recipe: Path, run: Path) -> None:
    train_stages(prepare(read_stages(recipe)), run, load_model=load_single)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
    part()
