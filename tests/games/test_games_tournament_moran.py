"""The Moran process: closed form, simulation, and the results everybody knows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.tournament.moran import check_selection, even_start, fitness, fixation, simulate
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import wilson

DONATION = np.array([[3.0, 0.0], [4.0, 1.0]])  # ALLC, ALLD in the prisoner's dilemma
MATRIX = st.lists(st.floats(0, 5), min_size=4, max_size=4).map(lambda v: np.array(v).reshape(2, 2))


def by_linear_equations(payoffs, size, selection):
    """Absorption probabilities from the transition matrix itself."""
    chain = np.zeros((size + 1, size + 1))
    chain[0, 0] = chain[size, size] = 1
    for k in range(1, size):
        weight = np.array([k, size - k]) * fitness(payoffs, np.array([[k, size - k]]), selection)[0]
        if weight.sum() == 0:
            weight = np.array([k, size - k])
        up = weight[0] / weight.sum() * (size - k) / size
        down = weight[1] / weight.sum() * k / size
        chain[k, k - 1], chain[k, k], chain[k, k + 1] = down, 1 - up - down, up
    inner = chain[1:size, 1:size]
    return np.linalg.solve(np.eye(size - 1) - inner, chain[1:size, size])[0]


@given(st.integers(2, 60), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_a_neutral_mutant_fixes_with_one_over_n(size, types):
    assert fixation(np.full((types, types), 2.0), size) == pytest.approx(np.full((types, types), 1 / size))
    rng = np.random.default_rng(size)
    assert fixation(rng.random((types, types)), size, selection=0.0) == pytest.approx(1 / size)


@pytest.mark.parametrize("r", [0.5, 1.1, 2.0])
def test_constant_fitness_is_the_textbook_formula(r):
    payoffs = np.array([[r, r], [1.0, 1.0]])
    assert fixation(payoffs, 20)[0, 1] == pytest.approx((1 - 1 / r) / (1 - r**-20.0))


def test_always_defect_beats_always_cooperate():
    rho = fixation(DONATION, 50)
    assert rho[1, 0] > 1 / 50 > rho[0, 1]
    won = simulate(DONATION, np.tile([25, 25], (200, 1)), np.random.default_rng(0)).winners_T
    assert won[1] > 195


@given(MATRIX, st.integers(2, 12), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_closed_form_solves_the_chain(payoffs, size, selection):
    payoffs = payoffs + 0.05  # a chain that cannot move has no absorption probability to compare with
    rho = fixation(payoffs, size, selection)
    assert rho[0, 1] == pytest.approx(by_linear_equations(payoffs, size, selection), rel=1e-6, abs=1e-12)
    assert ((rho >= 0) & (rho <= 1)).all()


def test_zero_fitness():
    assert fixation([[1.0, 0.0], [1.0, 1.0]], 5)[0, 1] == 0  # a lone mutant never has a copy
    assert fixation([[1.0, 1.0], [0.0, 0.0]], 5)[0, 1] == 1  # and here no resident has one
    assert fixation([[0.0, 0.0], [0.0, 0.0]], 5) == pytest.approx(0.2)


def test_large_populations_do_not_overflow():
    rho = fixation(DONATION, 2000)
    assert np.isfinite(rho).all()
    assert 0 <= rho[0, 1] < 1e-100


@pytest.mark.parametrize("payoffs", [DONATION, [[2.0, 1.0], [4.0, 0.1]], [[4.0, 0.5], [3.0, 1.0]]])
def test_simulation_agrees_with_the_closed_form(payoffs):
    size, runs = 6, 4000
    done = simulate(payoffs, np.tile([1, size - 1], (runs, 1)), np.random.default_rng(5), limit=20_000)
    assert done.unfinished == 0
    within = wilson(int(done.winners_T[0]), runs, confidence=0.999)
    assert within.low <= fixation(payoffs, size)[0, 1] <= within.high


@given(st.integers(1, 5), st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_a_population_keeps_its_size(types, seed):
    rng = np.random.default_rng(seed)
    start = even_start(types, 11, 8, rng)
    assert (start.sum(axis=1) == 11).all()
    assert start.min() >= 11 // types
    ends = [simulate(rng.random((types, types)), start, rng, limit=limit) for limit in (0, 3, 50)]
    for end in ends:
        assert (end.counts_RT.sum(axis=1) == 11).all()
        assert (end.counts_RT >= 0).all()
        assert (end.steps_R <= 50).all()
    assert all(end.unfinished + end.winners_T.sum() == 8 for end in ends)


def test_a_type_that_is_gone_stays_gone():
    start = np.tile([5, 0, 5], (50, 1))
    done = simulate(np.ones((3, 3)), start, np.random.default_rng(0))
    assert (done.counts_RT[:, 1] == 0).all()


def test_coexistence_runs_into_the_limit():
    chicken = np.array([[1.0, 3.0], [3.0, 1.0]])
    done = simulate(chicken, np.tile([25, 25], (10, 1)), np.random.default_rng(0), limit=200)
    assert done.unfinished == 10
    assert (done.steps_R == 200).all()


def test_the_same_seed_gives_the_same_runs():
    start = even_start(2, 10, 20, np.random.default_rng(1))
    one, other = (simulate(DONATION, start, np.random.default_rng(2)) for _ in range(2))
    assert (one.counts_RT == other.counts_RT).all()


def test_nobody_has_fitness():
    done = simulate(np.zeros((2, 2)), np.tile([3, 3], (2000, 1)), np.random.default_rng(0))
    assert done.unfinished == 0
    within = wilson(int(done.winners_T[0]), 2000, confidence=0.999)
    assert within.low <= 0.5 <= within.high


def test_extra_places_go_round():
    start = even_start(3, 10, 300, np.random.default_rng(0))
    assert (np.sort(start, axis=1) == [3, 3, 4]).all()
    assert all(abs(a - b) < 0.5 for a, b in pairwise(start.mean(axis=0)))


def test_errors():
    with pytest.raises(ConfigurationError, match="negative fitness"):
        fixation([[-2.0]], 10, 1.0)
    check_selection(0.33, lowest_payoff=-2.0)
    with pytest.raises(ConfigurationError, match="at most 0\\.333"):
        check_selection(0.5, lowest_payoff=-2.0)
    with pytest.raises(ConfigurationError, match="strength"):
        fixation(DONATION, 10, 1.5)
    with pytest.raises(ConfigurationError, match="square"):
        fixation([[1.0, 2.0]], 10)
    with pytest.raises(ConfigurationError, match="at least 2"):
        fixation(DONATION, 1)
    with pytest.raises(ConfigurationError, match="3 players need"):
        even_start(3, 2, 1, np.random.default_rng(0))
    with pytest.raises(ConfigurationError, match="same size"):
        simulate(DONATION, np.array([[1, 1], [2, 1]]), np.random.default_rng(0))
