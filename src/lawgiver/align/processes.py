"""Several processes in one run: what one of them does for all, and how a batch is divided among them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from accelerate import PartialState
from accelerate.utils import broadcast_object_list

from lawgiver.outcome import ConfigurationError

T = TypeVar("T")


def processes() -> int:
    """How many there are, as the launcher says; needs no process group yet."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def part() -> None:
    """Wait for the others and leave them: a process that ends while another still talks to it may abort.

    Every process must come here, once. One that no launcher started does nothing.
    """
    if "RANK" in os.environ:
        PartialState().wait_for_everyone()
        PartialState().destroy_process_group()


def on_main(work: Callable[[], T]) -> T:
    """Do something in the main process only, and give all of them what came of it; what it raises, all of them raise.

    Every process must come here, in the same order. The result is pickled. Alone, it is simply done.
    """
    if processes() == 1:
        return work()
    outcome: list[tuple[T | None, Exception | None] | None] = [None]
    if PartialState().is_main_process:
        try:
            outcome = [(work(), None)]
        except Exception as error:  # the others wait for an answer, and would wait for ever
            outcome = [(None, error)]
    broadcast_object_list(outcome)
    assert outcome[0] is not None
    result, failure = outcome[0]
    if failure is not None:
        raise failure
    return result  # type: ignore[return-value]  # None only where `work` gives it


def accumulation(batch: int, micro_batch: int, where: str) -> int:
    """Backward passes in an optimiser step, in each process, so that the step is the same however many there are.

    Args:
        batch: rows of a step, over all processes.
        micro_batch: rows of a backward pass of one process.
        where: which part of the recipe, for the message.

    Raises:
        ConfigurationError: if the batch does not divide.
    """
    at_once = micro_batch * processes()
    if batch % at_once:
        raise ConfigurationError(
            f"{where}: batch {batch} does not divide among {processes()} processes with micro_batch {micro_batch}; "
            f"give a multiple of {at_once}, or a smaller micro_batch"
        )
    return batch // at_once
