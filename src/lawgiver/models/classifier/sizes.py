"""Texts of like length together, so that little of a batch is padding; no torch."""

from __future__ import annotations

from collections.abc import Sequence


def by_size(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Positions grouped by like length, the longest first, so that a padded group has at most `tokens` tokens.

    A single one that is longer than that is a group of its own.
    """
    groups: list[list[int]] = []
    longest = 0
    for position in sorted(range(len(lengths)), key=lambda at: (-lengths[at], at)):
        if not groups or longest * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            longest = lengths[position]
        groups[-1].append(position)
    return groups
