"""What each step learns from: examples drawn by seed, grouped by length into backward passes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

PASS = 100
"""Tokens that a forward and backward pass costs beside those it reads."""


def steps_of(rows: int, batch: int, epochs: float) -> int:
    """Steps of a run over `rows` examples an epoch."""
    return max(1, math.ceil(rows * epochs / batch))


def batch_at(step: int, rows: int, batch: int, seed: int) -> list[int]:
    """The positions of a step's examples, counted from step 0; every epoch has an order of its own.

    It depends on nothing but its arguments, so a resumed run goes on with the very examples. A batch may end one
    epoch and begin the next.
    """
    order: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    chosen = []
    for position in range(step * batch, (step + 1) * batch):
        number, place = divmod(position, rows)
        if number not in order:
            order[number] = np.random.default_rng((seed, number)).permutation(rows)
        chosen.append(int(order[number][place]))
    return chosen


def passes_of(chosen: Sequence[int], lengths: Mapping[int, Sequence[int]], tokens: int) -> list[list[int]]:
    """The examples of a step in groups of like length, each of at most `tokens` tokens when padded.

    Of all ways to cut them, sorted by length, the one that costs least: padding is computed like text, and every pass
    costs as much as `PASS` tokens beside its own.

    Args:
        chosen: positions of the step's examples.
        lengths: position → the lengths of its windows, each of which is padded to the longest of the group.
        tokens: of a group, padding included; an example that alone has more is a group of its own.
    """
    widths = [max(lengths[position]) for position in chosen]
    order = sorted(range(len(chosen)), key=lambda at: (-widths[at], at))
    least, begins = [0.0], [0]
    for end in range(1, len(order) + 1):
        held, options = 0, []
        for begin in range(end - 1, -1, -1):
            held += len(lengths[chosen[order[begin]]])
            size = held * widths[order[begin]]
            if size > tokens and begin < end - 1:
                break
            options.append((least[begin] + size + PASS, begin))
        cost, begin = min(options)
        least.append(cost)
        begins.append(begin)
    groups: list[list[int]] = []
    end = len(order)
    while end:
        groups.append([chosen[at] for at in order[begins[end] : end]])
        end = begins[end]
    return groups[::-1]


def rate_at(step: int, steps: int, warmup: float, schedule: str) -> float:
    """The learning rate of a step as a share of its peak: a linear rise, then as the schedule says, to 0 at the end."""
    rising = math.ceil(steps * warmup)
    if step < rising:
        return (step + 1) / rising
    left = (steps - step) / max(1, steps - rising)
    if schedule == "linear":
        return left
    return 0.5 * (1 - math.cos(math.pi * left)) if schedule == "cosine" else 1.0
