"""Duals of violation rates, tails and categories, against brute force and against what each scope means."""

import numpy as np
import pytest
from scipy.optimize import brentq

from lawgiver.align.constraint import Diagnosis, DualSettings, solve_scoped
from lawgiver.align.constraint.tabular import expectation, tilt
from lawgiver.charter.judgement import Judgement
from lawgiver.charter.spec import Constraint
from lawgiver.data import Exchange
from lawgiver.outcome import Abstained, ConfigurationError, Value
from lawgiver.stats import cvar

SETTINGS = DualSettings(beta=0.5, cap=1e3)


def constraint(name="harm", **changes):
    return Constraint.model_validate({"name": name, "title": name, "threshold": 0.2, "evidence": ["x"], **changes})


def judged(cost, scope="in", name="harm", **more):
    costs = {name: Abstained("does not apply") if cost is None else Value(cost), **more}
    exchange = Exchange(({"role": "user", "content": "?"},), "!", {"scope": scope})
    return Judgement(exchange, "allow", Value(0.5), {}, costs, (), {}, "0" * 64, {"name": "small"})


def sampled(seed=0, prompts=30, samples=8, zero=0.5):
    """Graded costs in 0..1, a share of them 0."""
    generator = np.random.default_rng(seed)
    cost_PK = generator.beta(1, 2, size=(prompts, samples))
    return np.where(generator.random((prompts, samples)) < zero, 0.0, cost_PK)


def rows(cost_PK, scopes="in"):
    return [
        [judged(float(cost), scopes if isinstance(scopes, str) else scopes[p]) for cost in row]
        for p, row in enumerate(cost_PK)
    ]


def tilted(score_PK, multiplier, beta=0.5):
    weights_PK = np.exp(-multiplier * score_PK / beta)
    return weights_PK / weights_PK.sum(axis=1, keepdims=True)


def test_a_violation_rate_is_the_dual_of_flags():
    cost_PK = sampled()
    solution, decides = solve_scoped(rows(cost_PK), [constraint(scope="violation_rate")], SETTINGS)
    flags_PK = (cost_PK > 0).astype(float)
    exact = brentq(lambda m: (tilted(flags_PK, m) * flags_PK).sum(axis=1).mean() - 0.2, 0, 100)
    assert decides == {"harm": "harm"}
    assert solution.lambda_C[0] == pytest.approx(exact)
    assert solution.cost_before_C[0] == pytest.approx(flags_PK.mean())
    assert solution.cost_C[0] == pytest.approx(0.2)


@pytest.mark.parametrize(("tail", "threshold"), [(0.1, 0.25), (0.4, 0.25), (1.0, 0.08)])
def test_a_tail_is_kept_by_the_policy_of_its_lambda_and_gives_little_away(tail, threshold):
    cost_PK = sampled(1)
    declared = constraint(scope="cvar", tail=tail, threshold=threshold)
    solution, _ = solve_scoped(rows(cost_PK), [declared], SETTINGS)
    assert solution.diagnosis in (Diagnosis.SOLVED, Diagnosis.THIN)
    assert solution.cost_before_C[0] == pytest.approx(cvar(cost_PK.ravel(), tail))
    assert 0.8 * threshold <= solution.cost_C[0] <= threshold + 1e-9
    # no other level of a fine grid keeps the budget at a smaller divergence, but by what the coarse grid costs
    best = np.inf
    for level in np.linspace(0, 1, 60):
        score_PK = level + np.maximum(cost_PK - level, 0) / tail

        def excess(m, score_PK=score_PK):
            return (tilted(score_PK, m) * score_PK).sum(axis=1).mean() - threshold

        if excess(200) < 0 < excess(0):
            weights_PK = tilted(score_PK, brentq(excess, 0, 200))
            best = min(best, (weights_PK * np.log(weights_PK * 8)).sum(axis=1).mean())
    assert solution.divergence <= 1.1 * best + 1e-6


def test_a_tail_that_is_within_budget_needs_nothing():
    solution, _ = solve_scoped(rows(0.1 * sampled()), [constraint(scope="cvar")], SETTINGS)
    assert solution.diagnosis is Diagnosis.ALREADY_MET


def test_each_category_has_its_lambda_and_the_worst_decides():
    cost_PK = sampled(2)
    scopes = ["in" if p % 2 else "out" for p in range(len(cost_PK))]
    cost_PK[0::2] *= 0.3
    declared = constraint(scope="per_category", category="scope", threshold=0.1)
    solution, decides = solve_scoped(rows(cost_PK, scopes), [declared], SETTINGS)
    assert solution.names == ("harm (in)", "harm (out)")
    assert decides == {"harm": "harm (in)"}
    assert solution.lambda_C[0] > solution.lambda_C[1]
    assert solution.cost_before_C == pytest.approx([cost_PK[1::2].mean(), cost_PK[0::2].mean()])
    alone, _ = solve_scoped(rows(cost_PK[1::2]), [constraint(threshold=0.1)], SETTINGS)
    assert solution.lambda_C[0] == pytest.approx(alone.lambda_C[0])


def test_several_constraints_of_different_scopes_are_solved_at_once():
    cost_PK, other_PK = sampled(3), sampled(4)
    both = [
        [judged(float(c), rude=Value(float(o))) for c, o in zip(*pair, strict=True)]
        for pair in zip(cost_PK, other_PK, strict=True)
    ]
    declared = [constraint(scope="violation_rate", threshold=0.3), constraint("rude", threshold=0.1)]
    solution, decides = solve_scoped(both, declared, SETTINGS)
    assert decides == {"harm": "harm", "rude": "rude"}
    assert solution.cost_C == pytest.approx([0.3, 0.1])


def test_a_cost_that_was_measured_nowhere_is_said():
    silent = [[judged(None), judged(None)]]
    for scope in ({}, {"scope": "per_category", "category": "scope"}, {"scope": "cvar"}):
        with pytest.raises(ConfigurationError, match="on no answer"):
            solve_scoped(silent, [constraint(**scope)], SETTINGS)


def test_with_rewards_the_dual_is_that_of_the_policy_that_has_yet_to_learn_them():
    cost_PK, beta = sampled(5), SETTINGS.beta
    reward_PK = np.random.default_rng(6).normal(size=cost_PK.shape) + cost_PK  # what pays also harms
    uniform_PK = np.full(cost_PK.shape, -np.log(cost_PK.shape[1]))
    rewards = [[Value(float(r)) for r in row] for row in reward_PK]

    def excess(multiplier):
        return expectation(tilt(uniform_PK, reward_PK - multiplier * cost_PK, beta), cost_PK) - 0.2

    exact = brentq(excess, 0, 100, xtol=1e-12)  # λ by bisection on the policy's own cost, without any dual
    solution, _ = solve_scoped(rows(cost_PK), [constraint()], SETTINGS, rewards)
    assert solution.lambda_C[0] == pytest.approx(exact, rel=1e-6)
    assert solution.reward > expectation(uniform_PK, reward_PK)
    without, _ = solve_scoped(rows(cost_PK), [constraint()], SETTINGS)
    assert without.lambda_C[0] < exact - 0.1  # of the reference alone, which earns nothing by harm


def test_an_answer_whose_reward_abstained_is_left_out_and_counted():
    cost_PK = sampled(5)
    rewards = [[Value(0.5)] * cost_PK.shape[1] for _ in cost_PK]
    rewards[0] = [Abstained("does not apply")] * cost_PK.shape[1]
    for declared in (constraint(), constraint(scope="violation_rate")):
        solution, _ = solve_scoped(rows(cost_PK), [declared], SETTINGS, rewards)
        alone, _ = solve_scoped(rows(cost_PK[1:]), [declared], SETTINGS)
        assert (solution.failed, solution.dropped_prompts) == (cost_PK.shape[1], 1)
        assert solution.lambda_C == pytest.approx(alone.lambda_C)  # of equal rewards
