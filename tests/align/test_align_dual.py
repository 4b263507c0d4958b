"""The dual on samples: its derivatives, what failed or abstained, its errors, and what it says of thin support."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from lawgiver.align.constraint import (
    Diagnosis,
    DualSettings,
    Scores,
    best_slack,
    bootstrap_lambda,
    draw_preferences,
    dual,
    minimise,
    preference_probability,
    scores_of,
    solve_dual,
)
from lawgiver.outcome import ConfigurationError
from small import said

SEEDS = st.integers(0, 10_000)


def sampled(seed, prompts=40, samples=16, constraints=1, thresholds=0.3):
    """Scores of samples whose reward and cost go together, so that the constraint has a price."""
    generator = np.random.default_rng(seed)
    reward_PK = generator.normal(size=(prompts, samples))
    logit_PKC = reward_PK[..., None] + generator.normal(size=(prompts, samples, constraints))
    cost_PKC = 1 / (1 + np.exp(-logit_PKC))
    return cost_PKC, np.full(constraints, thresholds), reward_PK


@given(seed=SEEDS, constraints=st.integers(1, 3), beta=st.floats(0.1, 3))
@settings(max_examples=40)
def test_gradient_and_hessian_are_those_of_the_value(seed, constraints, beta):
    cost_PKC, thresholds_C, reward_PK = sampled(seed, 5, 6, constraints)
    scores = Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK)
    lambda_C = np.random.default_rng(seed).uniform(0.1, 2, size=constraints)
    point = dual(scores, lambda_C, beta)
    numeric_C = approx_fprime(lambda_C, lambda at: dual(scores, at, beta).value, 1e-6)
    numeric_CC = approx_fprime(lambda_C, lambda at: dual(scores, at, beta).gradient_C, 1e-6)
    np.testing.assert_allclose(point.gradient_C, numeric_C, atol=1e-4)
    np.testing.assert_allclose(point.hessian_CC, numeric_CC.reshape(point.hessian_CC.shape), atol=1e-3)
    assert np.linalg.eigvalsh(point.hessian_CC).min() >= -1e-12


@given(seed=SEEDS, beta=st.floats(0.1, 3), scale=st.sampled_from([1e-4, 1.0, 1e4]))
@settings(max_examples=40)
def test_the_minimum_is_one_and_lambda_carries_the_units(seed, beta, scale):
    cost_PKC, thresholds_C, reward_PK = sampled(seed)
    plain = minimise(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK), beta, cap=1e3)
    scaled = minimise(Scores.from_costs(cost_PKC * scale, thresholds_C * scale, rewards_PK=reward_PK), beta, cap=1e9)
    if plain[0] < 1e3:
        assert scaled * scale == pytest.approx(plain, rel=1e-6)
        at = dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK), plain, beta)
        assert at.gradient_C[0] >= -1e-8
        assert plain[0] * at.gradient_C[0] == pytest.approx(0, abs=1e-7)


@given(seed=SEEDS, tight=st.floats(0.05, 0.5), loose=st.floats(0.05, 0.5))
def test_a_tighter_budget_never_needs_a_smaller_lambda(seed, tight, loose):
    tight, loose = sorted((tight, loose))
    cost_PKC, _, reward_PK = sampled(seed, 10, 8)
    found = [
        minimise(Scores.from_costs(cost_PKC, threshold, rewards_PK=reward_PK), 0.5, cap=100)[0]
        for threshold in (tight, loose)
    ]
    assert found[0] >= found[1] - 1e-7


def test_gains_and_costs_are_two_spellings_of_one_problem():
    cost_PKC, thresholds_C, reward_PK = sampled(1)
    costs = solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK, names=["harm"]))
    gains = solve_dual(Scores.from_gains(-cost_PKC, -thresholds_C, rewards_PK=reward_PK, names=["harm"]))
    assert gains.lambda_C == pytest.approx(costs.lambda_C, rel=1e-9)
    assert costs.lambda_C[0] > 0


def test_what_failed_is_left_out_and_counted_not_read_as_nought():
    cost_PKC, thresholds_C, reward_PK = sampled(2)
    failed_PK = np.zeros(reward_PK.shape, dtype=bool)
    failed_PK[3, 4] = failed_PK[5, :] = True
    broken_PKC, broken_PK = cost_PKC.copy(), reward_PK.copy()
    broken_PKC[failed_PK], broken_PK[failed_PK] = np.inf, np.nan
    found = solve_dual(Scores.from_costs(broken_PKC, thresholds_C, rewards_PK=broken_PK, failed_PK=failed_PK))
    assert found.failed == 17
    assert (found.prompts, found.dropped_prompts) == (39, 1)
    # whatever stands at a failed place, it says nothing
    again = solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK, failed_PK=failed_PK))
    assert again.lambda_C == pytest.approx(found.lambda_C, rel=1e-12)
    assert again.lambda_C != pytest.approx(
        solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK)).lambda_C
    )


def test_an_abstained_cost_leaves_the_mean_of_the_others_to_meet_the_budget():
    cost_PKC, thresholds_C, reward_PK = sampled(3)
    cost_PKC[::2] = np.nan  # it does not apply to every other prompt
    half = solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK))
    only = solve_dual(Scores.from_costs(cost_PKC[1::2], thresholds_C, rewards_PK=reward_PK[1::2]))
    assert half.lambda_C == pytest.approx(only.lambda_C, rel=1e-9)
    assert half.cost_C == pytest.approx(thresholds_C, abs=1e-9)
    assert half.error_C == pytest.approx(only.error_C, rel=0.05)
    # also where it applies to some answers and not to others
    cost_PKC, thresholds_C, reward_PK = sampled(4)
    cost_PKC[np.random.default_rng(0).random(cost_PKC.shape) < 0.3] = np.nan
    assert solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK)).cost_C == pytest.approx(
        0.3, abs=1e-9
    )


def test_the_sandwich_agrees_with_the_spread_over_repetitions():
    settings_ = DualSettings(beta=1.0)
    found = [
        solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK), settings_)
        for cost_PKC, thresholds_C, reward_PK in (sampled(seed, prompts=80) for seed in range(200))
    ]
    lambda_R = np.array([solution.lambda_C[0] for solution in found])
    error_R = np.array([solution.error_C[0] for solution in found])
    assert lambda_R.min() > 0
    assert error_R.mean() == pytest.approx(lambda_R.std(), rel=0.2)


def test_the_bootstrap_agrees_with_the_sandwich():
    cost_PKC, thresholds_C, reward_PK = sampled(7, prompts=100, constraints=2)
    scores = Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK)
    found = solve_dual(scores, DualSettings(beta=1.0))
    intervals = bootstrap_lambda(scores, 1.0, cap=100, seed=0, resamples=200)
    for c in range(2):
        assert intervals[c].estimate == pytest.approx(found.lambda_C[c], rel=1e-6)
        assert intervals[c].high - intervals[c].low == pytest.approx(2 * 1.96 * found.error_C[c], rel=0.35)


def test_the_slope_is_that_of_the_predicted_cost():
    cost_PKC, thresholds_C, reward_PK = sampled(8)
    cost_PKC[::3] = np.nan
    scores = Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK)
    found = solve_dual(scores, DualSettings(beta=1.0))

    def cost_at(log_lambda):
        weights_PK = dual(scores, [np.exp(log_lambda)], 1.0).weights_PK
        return (weights_PK * scores.costs_PKC[..., 0]).sum() / (weights_PK * scores.applies_PKC[..., 0]).sum()

    at = np.log(found.lambda_C[0])
    assert found.slope_C[0] == pytest.approx((cost_at(at + 1e-5) - cost_at(at - 1e-5)) / 2e-5, rel=1e-4)


def test_thin_support_is_called_a_hint():
    cost_PKC, thresholds_C, reward_PK = sampled(9)
    reward_PK *= 20  # at this β one answer a prompt carries everything
    found = solve_dual(Scores.from_costs(cost_PKC, thresholds_C, rewards_PK=reward_PK), DualSettings(beta=0.2, cap=1e4))
    assert found.diagnosis is Diagnosis.THIN
    assert found.share < 0.25
    assert found.divergence <= np.log(16)
    assert "hint" in found.message or "guess" in found.message
    even = solve_dual(Scores.from_costs(cost_PKC, 0.45), DualSettings(beta=1.0))
    assert even.diagnosis is Diagnosis.SOLVED
    assert even.share > 0.5


def test_a_lambda_past_the_cap_is_said_to_be():
    cost_PKC, thresholds_C, reward_PK = sampled(10)
    scores = Scores.from_costs(cost_PKC * 1e-6, thresholds_C * 1e-6, rewards_PK=reward_PK)
    found = solve_dual(scores, DualSettings(beta=1.0))
    assert found.diagnosis is Diagnosis.CAPPED
    assert found.lambda_C.tolist() == [100.0]
    assert np.isnan(found.error_C).all()


@given(seed=SEEDS)
@settings(max_examples=15)
def test_best_slack_bounds_every_policy_on_the_samples(seed):
    cost_PKC, thresholds_C, _ = sampled(seed, 6, 4, 3)
    scores = Scores.from_costs(cost_PKC, thresholds_C)
    slack = best_slack(scores)
    generator = np.random.default_rng(seed)
    for _ in range(20):
        weights_PK = generator.dirichlet(np.full(4, 0.3), size=6)
        assert np.einsum("pk,pkc->pc", weights_PK, scores.margins_PKC).mean(axis=0).min() <= slack + 1e-9
    # one constraint at a time is never harder than all at once
    for c in range(3):
        assert best_slack(Scores.from_costs(cost_PKC[..., c], thresholds_C[c])) >= slack - 1e-9


def test_it_all_goes_into_json():
    cost_PKC, _, reward_PK = sampled(11, constraints=2)
    found = solve_dual(Scores.from_costs(cost_PKC, [0.3, 0.99], rewards_PK=reward_PK, names=["harm", "sloth"]))
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert document["constraints"]["harm"]["lambda"] > 0
    assert document["constraints"]["sloth"]["temperature"] is None
    assert document["constraints"]["sloth"]["standard_error"] is None
    assert "higher cost is worse" in document["convention"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (({"costs_PKC": np.zeros((2, 3, 1)), "thresholds_C": [0.1, 0.2]}), "shape"),
        (({"costs_PKC": np.zeros((0, 3)), "thresholds_C": 0.1}), "shape"),
        (({"costs_PKC": np.zeros((2, 3)), "thresholds_C": 0.1, "rewards_PK": np.zeros((3, 2))}), "rewards"),
        (({"costs_PKC": np.full((2, 3), np.inf), "thresholds_C": 0.1}), "infinite"),
        (({"costs_PKC": np.full((2, 3), np.nan), "thresholds_C": 0.1}), "on no answer"),
        (({"costs_PKC": np.zeros((2, 3)), "thresholds_C": np.nan}), "no number"),
        (({"costs_PKC": np.zeros((2, 1)), "thresholds_C": 0.1}), "two scored answers"),
        (({"costs_PKC": np.zeros((2, 3)), "thresholds_C": 0.1, "rewards_PK": np.full((2, 3), np.nan)}), "reward"),
        (({"costs_PKC": np.zeros((2, 3)), "thresholds_C": 0.1, "names": ["a", "b"]}), "names"),
    ],
)
def test_bad_scores_are_refused(arguments, word):
    with pytest.raises(ConfigurationError, match=word):
        Scores.from_costs(arguments.pop("costs_PKC"), arguments.pop("thresholds_C"), **arguments)


def test_scores_of_judgements(small):
    from lawgiver.charter import Charter

    charter = Charter.open(small)
    rows = [["A a a.", "It is a thing of five words.", "It is"], ["Yes.", "It is no thing of five words."]]
    judged = [charter.judge([said(text) for text in row]) for row in rows]
    names = {constraint.name: constraint.threshold for constraint in charter.spec.constraints}
    scores = scores_of(judged, names, rewarded=True)
    assert scores.names == tuple(names)
    assert scores.failed == 0
    assert np.isneginf(scores.log_prior_PK[1, 2])  # the second prompt has two samples only
    wordy = scores.names.index("wordy")
    assert scores.costs_PKC[0, :, wordy].tolist() == [0, 1, 0]
    out = [charter.judge([said(text, scope="out") for text in row]) for row in rows]
    with pytest.raises(ConfigurationError, match="on no answer"):
        scores_of(out, names, rewarded=False)
    with pytest.raises(ConfigurationError, match="nonsense"):
        scores_of(judged, {"nonsense": 0.1}, rewarded=False)


def test_labels_follow_reward_and_constraints():
    probability_N = preference_probability([1.0, 1.0, 0.0], [[0.0, 0.0], [1.0, 0.0], [np.nan, -1.0]], [2.0, 1.0])
    np.testing.assert_allclose(probability_N, 1 / (1 + np.exp(-np.array([1.0, -1.0, 1.0]))))
    drawn_RN = np.stack([draw_preferences(probability_N, seed) for seed in range(2_000)])
    np.testing.assert_allclose(drawn_RN.mean(axis=0), probability_N, atol=0.04)
    np.testing.assert_array_equal(draw_preferences(probability_N, 5), draw_preferences(probability_N, 5))
    for arguments in (([np.nan], [0.0], 1.0), ([0.0], [0.0], -1.0), ([0.0], [[0.0, 0.0]], 1.0)):
        with pytest.raises(ConfigurationError):
            preference_probability(*arguments)


def test_it_never_needs_torch():
    code = "import lawgiver.align.constraint, lawgiver.align.sweep, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
