"""Replicator dynamics: the simplex, rest points, and games whose end is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lawgiver.games.tournament.replicator import replicator, velocity
from lawgiver.outcome import ConfigurationError

IPD = np.array([[3.0, 0.0], [4.0, 1.0]])
CHICKEN = np.array([[2.0, 1.0], [4.0, 0.0]])
STAG_HUNT = np.array([[4.0, 0.0], [3.0, 1.0]])
ROCK = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
TIMES = np.linspace(0, 50, 11)


def end(payoffs, start, **options):
    return replicator(payoffs, start, TIMES, **options).shares_KT[-1]


@st.composite
def problems(draw):
    n = draw(st.integers(1, 5))
    numbers = st.floats(-5, 5)
    payoffs = np.array(draw(st.lists(numbers, min_size=n * n, max_size=n * n))).reshape(n, n)
    start = np.array(draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))) + 1e-6
    return payoffs, start / start.sum(), draw(st.sampled_from([0.0, 0.01, 0.5]))


@given(problems())
@settings(max_examples=40, deadline=None)
def test_shares_stay_shares(problem):
    payoffs, start, mutation = problem
    shares = replicator(payoffs, start, TIMES, mutation=mutation).shares_KT
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[0] == pytest.approx(start)
    assert velocity(payoffs, start, mutation).sum() == pytest.approx(0, abs=1e-9)


@given(problems(), st.floats(-10, 10))
@settings(max_examples=20, deadline=None)
def test_raising_all_payoffs_changes_nothing(problem, shift):
    payoffs, start, mutation = problem
    times = np.array([0.0, 1.0, 2.0])
    plain, raised = (replicator(p, start, times, mutation=mutation).shares_KT for p in (payoffs, payoffs + shift))
    assert raised == pytest.approx(plain, abs=1e-5)


def test_defection_takes_over():
    assert end(IPD, [0.99, 0.01]) == pytest.approx([0, 1], abs=1e-6)


def test_chicken_comes_to_rest_inside():
    rest = np.array([1 / 3, 2 / 3])  # 2x + (1 - x) = 4x
    assert velocity(CHICKEN, rest) == pytest.approx([0, 0])
    for start in ([0.05, 0.95], [0.9, 0.1]):
        assert end(CHICKEN, start) == pytest.approx(rest, abs=1e-6)


def test_stag_hunt_depends_on_the_start():
    assert end(STAG_HUNT, [0.52, 0.48]) == pytest.approx([1, 0], abs=1e-6)
    assert end(STAG_HUNT, [0.48, 0.52]) == pytest.approx([0, 1], abs=1e-6)
    assert velocity(STAG_HUNT, np.array([0.5, 0.5])) == pytest.approx([0, 0])


def test_rock_paper_scissors_goes_round():
    shares = replicator(ROCK, [0.5, 0.3, 0.2], TIMES).shares_KT
    assert shares.prod(axis=1) == pytest.approx(np.full(len(TIMES), 0.03), rel=1e-5)  # a constant of the motion


def test_two_types_follow_the_logistic_curve():
    times = np.linspace(0, 5, 6)
    shares = replicator([[2.0, 2.0], [1.0, 1.0]], [0.1, 0.9], times).shares_KT[:, 0]
    assert shares == pytest.approx(1 / (1 + 9 * np.exp(-times)), rel=1e-6)


def test_what_was_never_there_never_comes():
    shares = replicator(IPD, [1.0, 0.0], TIMES).shares_KT
    assert (shares == [1.0, 0.0]).all()


def test_mutation_brings_everybody_in():
    shares = end(IPD, [1.0, 0.0], mutation=0.02)
    assert velocity(IPD, shares, 0.02) == pytest.approx([0, 0], abs=1e-6)
    assert 0.005 < shares[0] < 0.02
    assert end(IPD, [0.3, 0.7], mutation=1000.0) == pytest.approx([0.5, 0.5], abs=1e-3)


@pytest.mark.parametrize("mutation", [0.0, 0.1])
def test_agrees_with_the_equation_itself(mutation):
    rng = np.random.default_rng(4)
    payoffs, start, times = rng.normal(size=(4, 4)), np.full(4, 0.25), np.linspace(0, 10, 5)
    direct = solve_ivp(lambda _, x: velocity(payoffs, x, mutation), (0, 10), start, t_eval=times, rtol=1e-9, atol=1e-12)
    ours = replicator(payoffs, start, times, mutation=mutation).shares_KT
    assert ours == pytest.approx(direct.y.T, abs=1e-6)


def test_time_nought():
    assert replicator(IPD, [0.3, 0.7], [0.0]).shares_KT == pytest.approx(np.array([[0.3, 0.7]]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_T": [0.5, 0.6]}, "add up to 1"),
        ({"start_T": [1.5, -0.5]}, "add up to 1"),
        ({"start_T": [1.0]}, "shape"),
        ({"payoffs_TT": [[np.nan, 1], [1, 1]]}, "finite"),
        ({"times_K": [1.0, 0.0]}, "rising"),
        ({"times_K": []}, "rising"),
        ({"mutation": -1.0}, "rate"),
    ],
)
def test_errors(change, message):
    arguments = {"payoffs_TT": IPD, "start_T": [0.5, 0.5], "times_K": [0.0, 1.0], "mutation": 0.0} | change
    mutation = arguments.pop("mutation")
    with pytest.raises(ConfigurationError, match=message):
        replicator(**arguments, mutation=mutation)
