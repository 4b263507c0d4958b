"""Matches of memory-one players: expectation, play, and what other ways of computing the same give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.tournament.memoryone import OTHER_VIEW, MemoryOne, expected_counts, played_counts
from lawgiver.outcome import ConfigurationError

IPD = np.array([3.0, 0.0, 4.0, 1.0])
PROBABILITY = st.floats(0, 1)
PLAYER = st.tuples(PROBABILITY, st.tuples(PROBABILITY, PROBABILITY, PROBABILITY, PROBABILITY))
PURE = st.tuples(st.sampled_from([0.0, 1.0]), st.tuples(*[st.sampled_from([0.0, 1.0])] * 4))


def players_of(listed, noise=0.0):
    return MemoryOne.of([first for first, _ in listed], [p for _, p in listed], noise)


def step_by_step(row, column, rounds):
    """The same expectation by the definition: one pair, one round at a time."""
    (first_r, p_r), (first_c, p_c) = row, column
    now = np.outer([first_r, 1 - first_r], [first_c, 1 - first_c]).ravel()
    counts = np.zeros(4)
    for _ in range(rounds):
        counts += now
        after = np.zeros(4)
        for state in range(4):
            r, c = p_r[state], p_c[OTHER_VIEW[state]]
            after += now[state] * np.outer([r, 1 - r], [c, 1 - c]).ravel()
        now = after
    return counts


def moves(row, column, rounds):
    """Deterministic players, by plain play."""
    (first_r, p_r), (first_c, p_c) = row, column
    counts = np.zeros(4)
    r, c = int(first_r == 0), int(first_c == 0)
    for _ in range(rounds):
        counts[2 * r + c] += 1
        r, c = int(p_r[2 * r + c] == 0), int(p_c[2 * c + r] == 0)
    return counts


@given(PLAYER, PLAYER, st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_doubling_is_the_sum_over_rounds(row, column, rounds):
    counts = expected_counts(players_of([row, column]), np.array([0]), np.array([1]), rounds)[0]
    assert counts == pytest.approx(step_by_step(row, column, rounds), abs=1e-9)
    assert counts.sum() == pytest.approx(rounds)
    assert (counts > -1e-12).all()


@given(PURE, PURE, st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_deterministic_players_are_exact(row, column, rounds):
    players, pair = players_of([row, column]), (np.array([0]), np.array([1]))
    counts = moves(row, column, rounds)
    assert (expected_counts(players, *pair, rounds)[0] == counts).all()
    assert (played_counts(players, *pair, rounds, np.random.default_rng(0), 2) == counts).all()


@given(st.lists(PLAYER, min_size=2, max_size=4), st.floats(0, 0.5), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_the_other_side_sees_the_same_match(listed, noise, rounds):
    players = players_of(listed, noise)
    one, other = np.array([0, 0, 1]), np.array([1, 0, 0])
    seen = expected_counts(players, one, other, rounds)
    assert seen == pytest.approx(expected_counts(players, other, one, rounds)[:, OTHER_VIEW], abs=1e-9)


def test_play_agrees_with_expectation():
    rng = np.random.default_rng(3)
    players = MemoryOne.of(rng.random(6), rng.random((6, 4)), noise=0.05)
    rows, columns = np.triu_indices(6)
    played = played_counts(players, rows, columns, 40, rng, repetitions=2000)
    assert played.shape == (2000, 21, 4)
    assert (played.sum(axis=2) == 40).all()
    error = played.std(axis=0) / np.sqrt(2000) + 1e-9
    apart = np.abs(played.mean(axis=0) - expected_counts(players, rows, columns, 40)) / error
    assert apart.max() < 4.5  # 84 comparisons


def test_tit_for_tat_loses_one_round_to_always_defect():
    players = players_of([(1.0, (1.0, 0.0, 1.0, 0.0)), (0.0, (0.0, 0.0, 0.0, 0.0))])
    counts = expected_counts(players, np.array([0, 1]), np.array([1, 0]), 200)
    assert (counts == [[0, 1, 0, 199], [0, 0, 1, 199]]).all()
    assert (counts @ IPD / 200).tolist() == [199 / 200, (4 + 199) / 200]


def test_noise_turns_moves_over():
    always = players_of([(1.0, (1.0, 1.0, 1.0, 1.0))], noise=0.1)
    counts = expected_counts(always, np.array([0]), np.array([0]), 10)[0]
    assert counts == pytest.approx([8.1, 0.9, 0.9, 0.1])


def test_long_matches_stay_probabilities():
    rng = np.random.default_rng(0)
    players = MemoryOne.of(rng.random(5), rng.random((5, 4)))
    counts = expected_counts(players, *np.triu_indices(5), 1_000_000)
    assert counts.sum(axis=1) == pytest.approx(1_000_000, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "p", "noise"),
    [
        ([1.0], [[1.0, 0.0, 1.0]], 0),
        ([1.0], [[1.0, 0.0, 1.0, 1.5]], 0),
        ([np.nan], [[1.0] * 4], 0),
        ([1.0], [[1.0] * 4], 2),
    ],
)
def test_what_is_no_probability_is_refused(first, p, noise):
    with pytest.raises(ConfigurationError, match="memory-one"):
        MemoryOne.of(first, p, noise)
