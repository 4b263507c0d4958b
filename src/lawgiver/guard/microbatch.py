"""A guard for many threads: what they ask at about the same time is read together."""

from __future__ import annotations

from dataclasses import replace

from lawgiver.guard.classifier.open import Guard
from lawgiver.models.classifier.microbatch import MicroBatched


def microbatched(guard: Guard, *, most: int = 64, wait_ms: float = 2.0) -> Guard:
    """The same guard, to be asked by any number of threads; its answers do not change.

    Args:
        guard: of torch or exported.
        most: texts that are read together.
        wait_ms: how long a text waits for others, in milliseconds, if another thread asked lately.
    """
    return replace(guard, classifier=MicroBatched(guard.classifier, most=most, wait=wait_ms / 1000))
