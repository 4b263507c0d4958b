"""Stepwise alignment on tables, where theory can be held to the last digit."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from lawgiver.align.constraint import Diagnosis, DualSettings, Scores, solve_dual
from lawgiver.align.constraint.tabular import divergence, expectation, log_merge, normalise, tilt
from lawgiver.outcome import ConfigurationError

X, Y = 6, 9
BETAS = st.floats(0.05, 2.0)
SEEDS = st.integers(0, 10_000)


def problem(seed, constraints=1):
    """A reference, a reward and costs, all random."""
    generator = np.random.default_rng(seed)
    reference_XY = normalise(generator.normal(size=(X, Y)))
    reward_XY = generator.normal(size=(X, Y))
    cost_XYC = generator.uniform(0, 1, size=(X, Y, constraints)) ** 2
    return reference_XY, reward_XY, cost_XYC


def forward_tilt(reference_XY, score_XY, beta):
    """The policy that maximises E[f] − β KL(π_ref ‖ π): the other divergence. π = β π_ref / (ν − f)."""
    rows = [_forward_row(*row, beta) for row in zip(np.exp(reference_XY), score_XY, strict=True)]
    return normalise(np.array(rows))


def _forward_row(weight_Y, score_Y, beta):
    top = score_Y.max()
    nu = brentq(lambda at: (beta * weight_Y / (at - score_Y)).sum() - 1, top + 1e-14, top + beta + 1, xtol=1e-15)
    return np.log(beta * weight_Y / (nu - score_Y))


def bisected_lambda(start_XY, cost_XY, threshold, beta):
    """λ* by bisection on the expected cost of the policy itself: no dual in it."""
    return brentq(
        lambda value: expectation(tilt(start_XY, -value * cost_XY, beta), cost_XY) - threshold, 0, 1e4, xtol=1e-13
    )


def halfway(start_XY, cost_XY):
    """A budget halfway between what the policy costs and the least that any could cost."""
    return (expectation(start_XY, cost_XY) + cost_XY.min(axis=1).mean()) / 2


@given(seed=SEEDS, beta=BETAS, value=st.floats(0.01, 10))
def test_two_steps_reach_the_joint_optimum(seed, beta, value):
    reference_XY, reward_XY, cost_XYC = problem(seed)
    cost_XY = cost_XYC[..., 0]
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    two_steps_XY = tilt(helpful_XY, -cost_XY, beta / value)  # the second step's temperature is β/λ
    joint_XY = tilt(reference_XY, reward_XY - value * cost_XY, beta)
    np.testing.assert_allclose(two_steps_XY, joint_XY, rtol=0, atol=1e-9)


@given(seed=SEEDS, beta=BETAS)
def test_a_tilt_is_the_optimum(seed, beta):
    reference_XY, reward_XY, _ = problem(seed)
    best_XY = tilt(reference_XY, reward_XY, beta)

    def objective(policy_XY):
        return expectation(policy_XY, reward_XY) - beta * divergence(policy_XY, reference_XY)

    generator = np.random.default_rng(seed)
    for _ in range(5):
        other_XY = normalise(best_XY + generator.normal(scale=generator.choice([1e-3, 1.0]), size=best_XY.shape))
        assert objective(other_XY) < objective(best_XY)


def test_the_reference_of_step_two_must_be_the_policy_of_step_one():
    reference_XY, reward_XY, cost_XYC = problem(3)
    joint_XY = tilt(reference_XY, reward_XY - 2 * cost_XYC[..., 0], 0.5)
    forgetful_XY = tilt(reference_XY, -cost_XYC[..., 0], 0.5 / 2)  # as if stage 2 had kept the first reference
    assert np.abs(forgetful_XY - joint_XY).max() > 0.1


@given(seed=SEEDS, beta=BETAS)
@settings(max_examples=30)
def test_a_chain_of_constraints_may_come_in_any_order(seed, beta):
    reference_XY, reward_XY, cost_XYC = problem(seed, constraints=3)
    lambda_C = np.random.default_rng(seed + 1).uniform(0.1, 5, size=3)
    joint_XY = tilt(reference_XY, reward_XY - cost_XYC @ lambda_C, beta)
    steps = [(reward_XY, beta), *((-cost_XYC[..., c], beta / lambda_C[c]) for c in range(3))]
    for order in permutations(steps):
        policy_XY = reference_XY
        for score_XY, temperature in order:
            policy_XY = tilt(policy_XY, score_XY, temperature)
        np.testing.assert_allclose(policy_XY, joint_XY, rtol=0, atol=1e-9)


def test_forward_kl_does_not_go_step_by_step():
    reference_XY, reward_XY, cost_XYC = problem(1)
    cost_XY, beta, value = cost_XYC[..., 0], 0.5, 2.0
    joint_XY = forward_tilt(reference_XY, reward_XY - value * cost_XY, beta)
    np.testing.assert_allclose(np.exp(joint_XY).sum(axis=1), 1)
    helpful_XY = forward_tilt(reference_XY, reward_XY, beta)
    two_steps_XY = forward_tilt(helpful_XY, -cost_XY, beta / value)
    other_order_XY = forward_tilt(forward_tilt(reference_XY, -cost_XY, beta / value), reward_XY, beta)
    assert np.abs(two_steps_XY - joint_XY).max() > 0.05
    assert np.abs(two_steps_XY - other_order_XY).max() > 0.01


@given(seed=SEEDS, beta=BETAS, q=st.floats(0, 1.5), most=st.floats(0.1, 10))
def test_merging_log_probabilities_is_the_policy_of_a_share_of_lambda(seed, beta, q, most):
    reference_XY, reward_XY, cost_XYC = problem(seed)
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    conservative_XY = tilt(helpful_XY, -cost_XYC[..., 0], beta / most)
    direct_XY = tilt(reference_XY, reward_XY - q * most * cost_XYC[..., 0], beta)
    merged_XY = log_merge(helpful_XY, conservative_XY, q)
    np.testing.assert_allclose(np.exp(merged_XY), np.exp(direct_XY), rtol=0, atol=1e-12)


def test_merging_two_models_that_saw_one_objective_each_is_not():
    reference_XY, reward_XY, cost_XYC = problem(2)
    beta, q, most = 0.5, 0.5, 4.0
    safe_XY = tilt(reference_XY, -cost_XYC[..., 0], beta / most)
    naive_XY = log_merge(tilt(reference_XY, reward_XY, beta), safe_XY, q)
    # the reward's share has shrunk to 1 − q ...
    shrunk_XY = tilt(reference_XY, (1 - q) * reward_XY - q * most * cost_XYC[..., 0], beta)
    np.testing.assert_allclose(np.exp(naive_XY), np.exp(shrunk_XY), rtol=0, atol=1e-12)
    # ... so that at the very same cost there is a policy of more reward at the same price in KL
    threshold = expectation(naive_XY, cost_XYC[..., 0])
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    stepwise_XY = tilt(
        helpful_XY, -cost_XYC[..., 0], beta / bisected_lambda(helpful_XY, cost_XYC[..., 0], threshold, beta)
    )

    def objective(policy_XY):
        return expectation(policy_XY, reward_XY) - beta * divergence(policy_XY, reference_XY)

    assert objective(stepwise_XY) > objective(naive_XY) + 0.01


@given(seed=SEEDS, beta=BETAS)
@settings(max_examples=40)
def test_the_duals_minimum_is_the_lambda_of_bisection(seed, beta):
    reference_XY, reward_XY, cost_XYC = problem(seed)
    cost_XY = cost_XYC[..., 0]
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    threshold = halfway(helpful_XY, cost_XY)
    wanted = bisected_lambda(helpful_XY, cost_XY, threshold, beta)
    limits = DualSettings(beta=beta, cap=1e5)
    joint = solve_dual(Scores.from_costs(cost_XY, threshold, rewards_PK=reward_XY, log_prior_PK=reference_XY), limits)
    # sampled from the model of stage 1 and without any reward, it is the same number
    second = solve_dual(Scores.from_costs(cost_XY, threshold, log_prior_PK=helpful_XY), limits)
    assert joint.lambda_C == pytest.approx([wanted], rel=1e-7)
    assert second.lambda_C == pytest.approx([wanted], rel=1e-7)
    assert joint.cost_C == pytest.approx([threshold], abs=1e-9)
    optimal_XY = tilt(reference_XY, reward_XY - wanted * cost_XY, beta)
    assert joint.reward == pytest.approx(expectation(optimal_XY, reward_XY), abs=1e-6)
    assert joint.divergence == pytest.approx(divergence(optimal_XY, reference_XY), abs=1e-6)


@given(seed=SEEDS, beta=BETAS)
@settings(max_examples=25)
def test_three_constraints_at_once_meet_the_conditions_of_optimality(seed, beta):
    reference_XY, reward_XY, cost_XYC = problem(seed, constraints=3)
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    # a policy that keeps all three budgets with room, by construction
    witness_XY = tilt(helpful_XY, -cost_XYC.sum(axis=2), 0.3)
    thresholds_C = np.array([expectation(witness_XY, cost_XYC[..., c]) + 0.02 for c in range(3)])
    found = solve_dual(
        Scores.from_costs(cost_XYC, thresholds_C, rewards_PK=reward_XY, log_prior_PK=reference_XY),
        DualSettings(beta=beta, cap=1e5),
    )
    assert found.diagnosis in (Diagnosis.SOLVED, Diagnosis.THIN, Diagnosis.ALREADY_MET)
    assert found.slack >= 0.02 - 1e-9
    policy_XY = tilt(reference_XY, reward_XY - cost_XYC @ found.lambda_C, beta)
    slack_C = thresholds_C - [expectation(policy_XY, cost_XYC[..., c]) for c in range(3)]
    assert (found.lambda_C >= 0).all()
    assert (slack_C >= -1e-7).all()
    np.testing.assert_allclose(found.lambda_C * slack_C, 0, atol=1e-6)
    # and the chain of steps, one constraint each, is that policy
    chained_XY = helpful_XY
    for c in np.flatnonzero(found.lambda_C):
        chained_XY = tilt(chained_XY, -cost_XYC[..., c], float(found.temperatures_C[c]))
    np.testing.assert_allclose(np.exp(chained_XY), np.exp(policy_XY), atol=1e-9)


def test_a_budget_that_is_kept_anyway_needs_no_lambda():
    reference_XY, reward_XY, cost_XYC = problem(5)
    helpful_XY = tilt(reference_XY, reward_XY, 0.5)
    loose = expectation(helpful_XY, cost_XYC[..., 0]) + 1e-6
    scores = Scores.from_costs(cost_XYC, loose, rewards_PK=reward_XY, log_prior_PK=reference_XY)
    found = solve_dual(scores, DualSettings(beta=0.5))
    assert found.diagnosis is Diagnosis.ALREADY_MET
    assert found.lambda_C.tolist() == [0.0]
    assert found.temperatures_C.tolist() == [np.inf]
    assert np.isnan(found.error_C).all()


def test_a_budget_that_no_answer_keeps_is_infeasible():
    reference_XY, _, cost_XYC = problem(6)
    least = cost_XYC[..., 0].min(axis=1).mean()
    for threshold, word in ((least - 1e-3, "No policy near"), (least, "No room")):
        found = solve_dual(Scores.from_costs(cost_XYC, threshold, log_prior_PK=reference_XY))
        assert found.diagnosis is Diagnosis.INFEASIBLE
        assert not found.diagnosis.usable
        assert word in found.message
    assert found.slack == pytest.approx(0, abs=1e-12)


def test_two_budgets_may_be_kept_one_by_one_and_never_together():
    cost_XYC = np.array([[[0.0, 1.0], [1.0, 0.0]]] * 4)  # what is good for one is bad for the other
    for thresholds_C, slack, diagnosis in (
        ([0.4, 0.4], -0.1, Diagnosis.INFEASIBLE),
        ([0.4, 0.8], 0.1, Diagnosis.SOLVED),
    ):
        found = solve_dual(Scores.from_costs(cost_XYC, thresholds_C))
        assert found.slack == pytest.approx(slack, abs=1e-9)
        assert found.diagnosis is diagnosis


def test_a_temperature_must_be_positive():
    with pytest.raises(ConfigurationError, match="positive"):
        tilt(np.zeros((1, 2)), np.zeros((1, 2)), 0.0)
