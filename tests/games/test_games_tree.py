"""Prefix trees and their batches: what goes in comes out, once, and nothing sees what it should not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.lm.tree import batches, prefix_tree

SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=7), min_size=1, max_size=12)


def prefixes(sequences):
    return {tuple(sequence[: k + 1]) for sequence in sequences for k in range(len(sequence))}


@given(SEQUENCES)
@settings(max_examples=200, deadline=None)
def test_paths_spell_the_sequences_and_share_every_prefix(sequences):
    tree = prefix_tree(sequences)
    assert [[tree.tokens_T[node] for node in path] for path in tree.paths] == sequences
    assert len(tree.tokens_T) == len(tree.positions_T) == len(tree.parents_T) == len(prefixes(sequences))
    for path in tree.paths:
        assert [tree.positions_T[node] for node in path] == list(range(len(path)))
        assert [tree.parents_T[node] for node in path] == [-1, *path[:-1]]
    assert (tree.parents_T < range(len(tree.parents_T))).all()


@given(SEQUENCES)
@settings(max_examples=100, deadline=None)
def test_a_node_sees_itself_and_what_stands_before_it(sequences):
    tree = prefix_tree(sequences)
    seen = {node: set(path[: k + 1]) for path in tree.paths for k, node in enumerate(path)}
    visible_TT = tree.visible_TT
    assert [set(row.nonzero()[0]) for row in visible_TT] == [seen[node] for node in range(len(visible_TT))]


@given(SEQUENCES, st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_batches_hold_every_index_once_and_respect_the_limit(sequences, most):
    groups = batches(sequences, most)
    assert sorted(index for group in groups for index in group) == list(range(len(sequences)))
    for group in groups:
        size = len(prefix_tree([sequences[index] for index in group]).tokens_T)
        assert size <= most or len(group) == 1


@given(SEQUENCES)
@settings(max_examples=50, deadline=None)
def test_one_batch_if_all_fits(sequences):
    size = len(prefix_tree(sequences).tokens_T)
    assert len(batches(sequences, size)) == 1


def test_an_empty_sequence_is_refused():
    with pytest.raises(ValueError, match="without tokens"):
        prefix_tree([[1], []])
    assert batches([], 5) == []
