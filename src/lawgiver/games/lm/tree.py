"""Many prompts and their answers in one row: every prefix that sequences share is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PrefixTree:
    """N token sequences merged by common prefix, T nodes in all, parents before children."""

    tokens_T: NDArray[np.int64]
    """The token at each node."""
    positions_T: NDArray[np.int64]
    """How many tokens stand before it in its own sequence."""
    parents_T: NDArray[np.int64]
    """The node before it; -1 where a sequence begins."""
    paths: tuple[tuple[int, ...], ...]
    """The nodes of each of the N sequences, in order."""

    @property
    def visible_TT(self) -> NDArray[np.bool_]:
        """Which nodes (columns) a node (row) attends to: itself and what stands before it in its sequence."""
        size = len(self.tokens_T)
        visible_TT = np.eye(size, dtype=bool)
        for node, parent in enumerate(self.parents_T):
            if parent >= 0:
                visible_TT[node, : parent + 1] |= visible_TT[parent, : parent + 1]
        return visible_TT


def prefix_tree(sequences: Sequence[Sequence[int]]) -> PrefixTree:
    """Merge token sequences; equal ones share all their nodes.

    Raises:
        ValueError: for an empty sequence, which has no node.
    """
    tokens: list[int] = []
    positions: list[int] = []
    parents: list[int] = []
    children: dict[tuple[int, int], int] = {}
    paths: list[tuple[int, ...]] = []
    for sequence in sequences:
        if not sequence:
            raise ValueError("a sequence without tokens has no place in a prefix tree")
        node, path = -1, []
        for position, token in enumerate(sequence):
            child = children.get((node, token))
            if child is None:
                child = children[node, token] = len(tokens)
                tokens.append(token)
                positions.append(position)
                parents.append(node)
            node = child
            path.append(node)
        paths.append(tuple(path))
    return PrefixTree(np.array(tokens), np.array(positions), np.array(parents), tuple(paths))


def batches(sequences: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Indices of sequences in groups whose trees have at most `most` nodes, neighbours by prefix together.

    A sequence longer than `most` gets a group of its own.
    """
    order = sorted(range(len(sequences)), key=lambda i: tuple(sequences[i]))
    groups: list[list[int]] = []
    size = 0
    before: Sequence[int] = ()
    for index in order:
        sequence = sequences[index]
        shared = 0
        for one, other in zip(before, sequence, strict=False):
            if one != other:
                break
            shared += 1
        new = len(sequence) - shared
        if not groups or size + new > most:
            groups.append([])
            size, new = 0, len(sequence)
        groups[-1].append(index)
        size += new
        before = sequence
    return groups
