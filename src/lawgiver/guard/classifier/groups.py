"""Which rows hang together: those that share a key, directly or through others."""

from __future__ import annotations

from collections.abc import Sequence


def joined(keys_N: Sequence[Sequence[str]]) -> list[str]:
    """One name a row, equal for rows that are connected by shared keys and different for others.

    Args:
        keys_N: of N rows one or more keys each.

    Returns:
        N names: the least key of everything a row is connected with, so that the order of rows does not matter.
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for keys in keys_N:
        for key in keys:
            one, other = sorted((root(keys[0]), root(key)))
            parent[other] = one
    return [root(keys[0]) for keys in keys_N]
