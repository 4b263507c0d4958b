"""The objective, its gradient and its mirror step on random problems: finite differences, fixed points, gains."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lawgiver.games import markov
from lawgiver.games.algebra import Framework, Limit
from lawgiver.games.catalogue import game
from lawgiver.games.learn import objective
from lawgiver.games.occupancy import constrained_optimum
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import solve
from lawgiver.games.problem import Problem, problem

IPD = game("ipd").seen_by("row")
AGAINST = ("tft", "random", "allc", "wsls", "noise(grim,0.1)")


class Case(NamedTuple):
    """A random problem, N prompts about some of its histories, and all that the objective takes besides."""

    of: Problem
    history_N: np.ndarray
    logp_NA: np.ndarray
    terms: dict


def random_problem(rng: np.random.Generator, gamma: float, history: int = 1, limits: bool = True) -> Problem:
    """Random rewards and costs, some of them abstaining."""
    cost_SAB = rng.normal(size=(4, 2, 2))
    cost_SAB[rng.random(cost_SAB.shape) < 0.3] = np.nan
    framework = Framework(
        name="random",
        title="",
        sha256="0",
        terms=((1.0, rng.normal(scale=2, size=(4, 2, 2))),),
        limits=(Limit("cost", cost_SAB, 0.1),) if limits else (),
    )
    against = AGAINST[int(rng.integers(len(AGAINST) if history == 1 else 1))]
    return problem(IPD, framework, opponent(against), history, gamma, illegal=-3.0)


def random_logp(rng: np.random.Generator, count: int) -> np.ndarray:
    """Log-probabilities of two answers, with illegal mass between a few and 90 per cent."""
    return np.log(rng.dirichlet((1.5, 1.5, 1.0), count) * 0.9 + 0.1 / 3)[:, :2]


def random_case(seed: int, gamma: float, history: int = 1) -> Case:
    rng = np.random.default_rng(seed)
    of = random_problem(rng, gamma, history)
    occurring = np.flatnonzero(of.reachable_H)
    if gamma == 0:  # an update may then leave histories out
        occurring = rng.permutation(occurring)[: max(1, len(occurring) - 1)]
    history_N = np.concatenate([occurring, rng.choice(occurring, int(rng.integers(0, 7)))])
    terms = {
        "multipliers": {"cost": float(rng.uniform(0, 3))},
        "beta": float(rng.choice([0.0, 0.4])),
        "reference_NA": random_logp(rng, len(history_N)),
    }
    return Case(of, history_N, random_logp(rng, len(history_N)), terms)


def slope_of(function, at_NA: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences."""
    slope_NA = np.zeros_like(at_NA)
    for index in np.ndindex(at_NA.shape):
        moved = [at_NA.copy(), at_NA.copy()]
        moved[0][index] += step
        moved[1][index] -= step
        slope_NA[index] = (function(moved[0]) - function(moved[1])) / (2 * step)
    return slope_NA


SEEDS = st.integers(0, 2**32 - 1)
GAMMAS = st.sampled_from([0.0, 0.3, 0.9])


@given(SEEDS, GAMMAS, st.sampled_from([1, 1, 2]))
@settings(max_examples=60, deadline=None)
def test_the_gradient_is_the_slope_of_the_value(seed, gamma, history):
    of, history_N, logp_NA, terms = random_case(seed, gamma, history)
    expected_NA = slope_of(lambda at_NA: objective.value(at_NA, history_N, of, **terms), logp_NA)
    gradient_NA = objective.gradient(logp_NA, history_N, of, **terms)
    assert gradient_NA == pytest.approx(expected_NA, abs=2e-7, rel=1e-5)


@pytest.mark.parametrize("term", ["multipliers", "beta", "gamma", "prompts"])
def test_every_term_of_the_gradient_is_felt(term):
    """The test above could not pass without any of them."""
    of, history_N, logp_NA, terms = random_case(3, 0.9)
    terms["beta"] = 0.4
    full_NA = objective.gradient(logp_NA, history_N, of, **terms)
    changed = terms | {"multipliers": {}} if term == "multipliers" else terms | {"beta": 0.0 if term == "beta" else 0.4}
    other = replace(of, gamma=0.3) if term == "gamma" else of
    asked_N = history_N.copy()
    if term == "prompts":  # one prompt more for a history that has two
        asked_N[np.flatnonzero(history_N == history_N[-1])[0]] = np.setdiff1d(history_N, history_N[-1])[0]
    assert np.abs(objective.gradient(logp_NA, asked_N, other, **changed) - full_NA).max() > 1e-3


@given(SEEDS, GAMMAS)
@settings(max_examples=30, deadline=None)
def test_value_is_reward_less_prices_less_kl_by_decision(seed, gamma):
    """Against sums written out: discounted visits, the mean price of the limits and the mean divergence there."""
    of, history_N, logp_NA, terms = random_case(seed, gamma)
    p_HA = objective.pooled(np.exp(logp_NA), history_N, of.histories)
    shown_H = np.isin(np.arange(of.histories), history_N) & of.reachable_H
    here_H, share_H = shown_H / shown_H.sum(), np.zeros(of.histories)
    for t in range(1 if gamma == 0 else 400):
        share_H += (1 - gamma) * gamma**t * here_H
        here_H = here_H @ markov.transition(p_HA, of.q_HB)
    (bound,) = of.bounds
    total = 0.0
    for h in np.flatnonzero(shown_H):
        legal = sum(p_HA[h, a] * of.q_HB[h, b] * of.reward_HAB[h, a, b] for a in range(2) for b in range(2))
        price = terms["multipliers"]["cost"] * (p_HA[h] * bound.excess()[h]).sum()
        own = [n for n in range(len(history_N)) if history_N[n] == h]
        apart = np.mean([objective.kl(logp_NA[[n]], terms["reference_NA"][[n]]) for n in own])
        total += share_H[h] * (legal - price + of.illegal * (1 - p_HA[h].sum()) - terms["beta"] * apart)
    assert objective.value(logp_NA, history_N, of, **terms) == pytest.approx(total, abs=1e-9)


@given(SEEDS, st.sampled_from([0.0, 0.6]))
@settings(max_examples=30, deadline=None)
def test_the_fixed_point_of_the_mirror_step_is_the_optimum_of_the_objective(seed, gamma):
    """Iterated from anywhere it arrives where it stays, the gradient vanishes, and no other policy is better."""
    of, history_N, logp_NA, terms = random_case(seed, gamma)
    terms["beta"], temperature = 2.0, 3.0  # enough of a leash for no answer to vanish in rounding
    for _ in range(100):
        target_NX = objective.target(logp_NA, history_N, of, temperature, **terms)
        logp_NA = np.log(target_NX[:, :-1])
    again_NX = objective.target(logp_NA, history_N, of, temperature, **terms)
    assert again_NX == pytest.approx(target_NX, abs=1e-8)
    assert np.abs(objective.gradient(logp_NA, history_N, of, **terms)).max() < 1e-6
    assert np.abs(objective.towards(again_NX, logp_NA)).max() < 1e-6
    best = objective.value(logp_NA, history_N, of, **terms)
    rng = np.random.default_rng(seed)
    near = [logp_NA + scale * rng.normal(size=logp_NA.shape) for scale in (0.01, 0.1, 1) for _ in range(5)]
    near += [random_logp(rng, len(history_N)) for _ in range(10)]
    for other_NA in near:
        other_NA = np.minimum(other_NA, other_NA - np.log(np.exp(other_NA).sum(axis=1, keepdims=True)) - 1e-6)
        assert objective.value(other_NA, history_N, of, **terms) <= best + 1e-12


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_at_gamma_zero_the_fixed_point_is_the_tilted_reference(seed):
    """`p ∝ p_ref exp((R − λ excess) / β)`, the closed form, for each prompt by itself."""
    of, history_N, _, terms = random_case(seed, 0.0)
    terms["beta"] = 0.5
    asked = objective.charged(of, history_N, terms["multipliers"])
    worth_NX = np.column_stack([asked.reward_HA[history_N], np.full(len(history_N), of.illegal)])
    reference_NX = np.column_stack([terms["reference_NA"], objective.log_illegal(terms["reference_NA"])])
    tilted_NX = np.exp(reference_NX + worth_NX / 0.5)
    tilted_NX /= tilted_NX.sum(axis=1, keepdims=True)
    target_NX = objective.target(np.log(tilted_NX[:, :-1]), history_N, of, 0.25, **terms)
    assert target_NX == pytest.approx(tilted_NX, abs=1e-9)


@given(SEEDS, GAMMAS)
@settings(max_examples=40, deadline=None)
def test_small_steps_improve_the_objective(seed, gamma):
    of, history_N, logp_NA, terms = random_case(seed, gamma)
    gradient_NA = objective.gradient(logp_NA, history_N, of, **terms)
    if np.abs(gradient_NA).max() < 1e-6:
        return
    before = objective.value(logp_NA, history_N, of, **terms)
    target_NX = objective.target(logp_NA, history_N, of, 1e4, **terms)
    assert objective.value(np.log(target_NX[:, :-1]), history_N, of, **terms) > before
    p_NX = np.column_stack([np.exp(logp_NA), np.exp(objective.log_illegal(logp_NA))])
    for weights_NA in (gradient_NA, objective.towards(target_NX, logp_NA)):
        # one step of gradient ascent on logits of which p is the softmax
        weights_NX = np.column_stack([weights_NA, np.zeros(len(weights_NA))])
        uphill_NX = weights_NX - p_NX * weights_NX.sum(axis=1, keepdims=True)
        moved_NX = p_NX * np.exp(1e-4 * uphill_NX / np.abs(uphill_NX).max())
        moved_NX /= moved_NX.sum(axis=1, keepdims=True)
        assert objective.value(np.log(moved_NX[:, :-1]), history_N, of, **terms) > before


@given(SEEDS, GAMMAS, st.sampled_from([0.1, 1.0]))
@settings(max_examples=30, deadline=None)
def test_legal_mass_grows_where_every_legal_move_is_worth_more(seed, gamma, temperature):
    rng = np.random.default_rng(seed)
    of = replace(random_problem(rng, gamma, limits=False), illegal=-500.0)
    history_N = np.repeat(np.flatnonzero(of.reachable_H), 2)
    logp_NA = random_logp(rng, len(history_N))
    target_NX = objective.target(logp_NA, history_N, of, temperature)
    assert target_NX.sum(axis=1) == pytest.approx(np.ones(len(history_N)))
    assert (target_NX[:, :-1].sum(axis=1) > np.exp(logp_NA).sum(axis=1)).all()
    assert (objective.gradient(logp_NA, history_N, of) > 0).all()


@given(SEEDS, GAMMAS)
@settings(max_examples=20, deadline=None)
def test_copies_of_a_prompt_share_its_weight(seed, gamma):
    rng = np.random.default_rng(seed)
    of = random_problem(rng, gamma)
    once_N = np.flatnonzero(of.reachable_H)
    terms = {"multipliers": {"cost": 1.0}, "beta": 0.3, "reference_NA": random_logp(rng, len(once_N))}
    logp_NA = random_logp(rng, len(once_N))
    value, gradient_NA = (f(logp_NA, once_N, of, **terms) for f in (objective.value, objective.gradient))
    terms["reference_NA"] = np.repeat(terms["reference_NA"], 3, axis=0)
    thrice = np.repeat(logp_NA, 3, axis=0), np.repeat(once_N, 3), of
    assert objective.value(*thrice, **terms) == pytest.approx(value)
    assert objective.gradient(*thrice, **terms) == pytest.approx(np.repeat(gradient_NA, 3, axis=0) / 3)
    target_NX = objective.target(*thrice, 0.5, **terms)
    assert target_NX[::3] == pytest.approx(target_NX[1::3])


def test_the_prompts_of_a_history_are_pulled_each_from_where_it_is():
    """At γ = 0 the pull on an answer is the same for all prompts of a history: they differ in p alone."""
    of = random_problem(np.random.default_rng(0), 0.0)
    history_N = np.array([0, 0, 1, 1])
    logp_NA = random_logp(np.random.default_rng(1), 4)
    pull_NA, share_N = objective.pull(logp_NA, history_N, of)
    assert pull_NA[0] == pytest.approx(pull_NA[1])
    assert share_N == pytest.approx(np.full(4, 0.25))
    assert objective.gradient(logp_NA, history_N, of) == pytest.approx(np.exp(logp_NA) * pull_NA / 4)


@given(SEEDS, st.sampled_from([0.0, 0.5]))
@settings(max_examples=25, deadline=None)
@example(0, 0.0)
def test_the_prices_of_the_optimum_are_those_of_the_objective(seed, gamma):
    """At the oracle's prices no legal policy has a higher objective than the oracle's: duality, and the same units."""
    rng = np.random.default_rng(seed)
    cost_SAB = rng.random((4, 2, 2))
    cost_SAB[:, 0] = 0.0  # the first action is free, so that some policy keeps the limit
    framework = Framework("r", "", "0", ((1.0, rng.normal(size=(4, 2, 2))),), limits=(Limit("cost", cost_SAB, 0.1),))
    of = problem(IPD, framework, opponent("noise(tft,0.1)"), gamma=gamma)
    step_HAH = markov.step_kernel(of.q_HB, 2)
    excess_CHA = np.array([bound.excess() for bound in of.bounds])
    visits_HA, (price,) = constrained_optimum(of.reward_HA, step_HAH, of.weight_H, gamma, excess_CHA, ["cost"])
    best_HA = visits_HA / visits_HA.sum(axis=1, keepdims=True)

    def lagrangian(p_HA):
        return objective.value(np.log(np.maximum(p_HA, 1e-300)), np.arange(4), of, multipliers={"cost": price})

    highest = lagrangian(best_HA)
    assert highest == pytest.approx(of.value(best_HA), abs=1e-8)  # complementary slackness
    for plan in np.ndindex(2, 2, 2, 2):
        assert lagrangian(np.eye(2)[list(plan)]) <= highest + 1e-8


def limited(rng, gamma, bounds=2):
    """Random costs, of which the first action has none, so that every limit can be kept."""
    costs = rng.random((bounds, 4, 2, 2))
    costs[:, :, 0] = 0.0
    costs[0, :, :, 1] = np.nan
    limits = tuple(Limit(f"cost {n}", cost_SAB, 0.1) for n, cost_SAB in enumerate(costs))
    reward_SAB = rng.normal(scale=2, size=(4, 2, 2))
    return problem(IPD, Framework("r", "", "0", ((1.0, reward_SAB),), limits=limits), opponent("wsls"), gamma=gamma)


@given(SEEDS, st.sampled_from([0.0, 0.4]))
@settings(max_examples=30, deadline=None)
def test_exact_prices_are_the_least_with_which_a_step_keeps_the_limits(seed, gamma):
    rng = np.random.default_rng(seed)
    of = limited(rng, gamma)
    history_N = np.array([0, 1, 2, 3, 3])
    logp_NA, terms = random_logp(rng, 5), {"beta": 0.2, "reference_NA": random_logp(rng, 5)}
    for temperature in (2.0, 1e4) if gamma == 0 else (1e4,):  # costs over rounds are taken to first order
        if gamma > 0:  # a small step keeps limits only from where they are nearly kept
            logp_NA = logp_NA + np.array([0.0, -8.0])
        prices = objective.exact_prices(logp_NA, history_N, of, temperature, cap=1e6, **terms)
        target_NX = objective.target(logp_NA, history_N, of, temperature, multipliers=prices, **terms)
        p_HA = objective.pooled(target_NX[:, :-1], history_N, 4)
        for bound in of.bounds:
            excess = float((of.share(p_HA)[:, None] * p_HA * bound.excess()).sum())
            assert excess <= 1e-4
            assert prices[bound.name] >= 0
            assert prices[bound.name] < 1e-3 or excess == pytest.approx(0, abs=1e-3)


def test_exact_prices_stop_at_the_cap_and_are_nothing_without_limits():
    of = limited(np.random.default_rng(1), 0.0)
    logp_NA = np.log(np.tile([0.001, 0.99], (4, 1)))
    assert max(objective.exact_prices(logp_NA, np.arange(4), of, 0.1, cap=0.5).values()) == pytest.approx(0.5)
    free = replace(of, bounds=())
    assert objective.exact_prices(logp_NA, np.arange(4), free, 0.1, cap=0.5) == {}


@given(SEEDS, st.sampled_from([0.0, 0.4]))
@settings(max_examples=6, deadline=None)
def test_mirror_steps_at_exact_prices_arrive_at_the_constrained_optimum(seed, gamma):
    rng = np.random.default_rng(seed)
    of = limited(rng, gamma)
    logp_NA = random_logp(rng, 4)
    for _ in range(100):
        prices = objective.exact_prices(logp_NA, np.arange(4), of, 0.3, cap=50.0)
        target_NX = objective.target(logp_NA, np.arange(4), of, 0.3, multipliers=prices)
        logp_NA = np.log(np.maximum(target_NX[:, :-1], 1e-30))
    p_HA = np.exp(logp_NA)
    assert objective.value(logp_NA, np.arange(4), of) == pytest.approx(solve(of).value, abs=0.02)
    for bound in of.bounds:
        assert not bound.mean(p_HA, of.share(p_HA)) > bound.limit + 1e-3


def test_rounding_of_a_fully_legal_policy_does_not_blow_up():
    """In single precision the answers of a sure model may sum to just above or below 1."""
    of = random_problem(np.random.default_rng(4), 0.0)
    history_N = np.flatnonzero(of.reachable_H)
    for total in (1 - 2**-53, 1.0, 1 + 2**-52, 1 + 1e-7, 1 - 1e-7):
        logp_NA = np.log(np.tile([0.3, 0.7], (len(history_N), 1)) * total)
        target_NX = objective.target(logp_NA, history_N, of, 0.25)
        assert target_NX.sum(axis=1) == pytest.approx(1)
        weights = [objective.towards(target_NX, logp_NA), objective.gradient(logp_NA, history_N, of)]
        weights.append(objective.gradient(logp_NA, history_N, of, beta=0.1, reference_NA=logp_NA - 1))
        assert max(np.abs(each).max() for each in weights) < 10


def test_histories_that_cannot_occur_ask_for_nothing():
    of = problem(IPD, Framework("r", "", "0", ((1.0, np.ones((4, 2, 2))),)), opponent("allc"))
    with pytest.raises(ValueError, match="can occur"):
        objective.value(np.log([[0.4, 0.5]]), np.array([1]), of)
