"""The mathematics of rewards, by property and against a plain reference."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lawgiver.outcome import Abstained, Failed, Value
from lawgiver.reward import (
    LagrangianConfig,
    Multipliers,
    Weighting,
    WeightingConfig,
    adaptive_weights,
    charter_score,
    lagrangian_advantages,
    neutralise,
    signed_weights,
    with_floor,
)

unit = st.floats(0, 1, allow_nan=False)
STRATEGIES = ["fixed", "mean_inverse", "target_weighted", "target_floor", "equal_contribution"]


def test_score_shares_the_weight_of_an_abstained_value() -> None:
    values = {"a": Value(1.0), "b": Abstained("not asked"), "c": Value(0.5)}
    score = charter_score(values, {"a": 0.25, "b": 0.5, "c": 0.25}, gated=False)
    assert score == Value(0.75)


def test_a_failed_value_fails_the_score() -> None:
    score = charter_score({"a": Value(1.0), "b": Failed("boom")}, {"a": 0.5, "b": 0.5}, gated=False)
    assert isinstance(score, Failed)
    assert "boom" in score.error


def test_nothing_buys_the_gate_back() -> None:
    assert charter_score({"a": Value(1.0)}, {"a": 1.0}, gated=True) == Value(0.0)


def test_no_value_at_all_abstains_even_behind_the_gate() -> None:
    assert isinstance(charter_score({"a": Abstained("x")}, {"a": 1.0}, gated=True), Abstained)


@given(st.dictionaries(st.sampled_from("abcd"), unit, min_size=1))
def test_score_lies_between_the_least_and_the_greatest_value(values: dict[str, float]) -> None:
    outcomes = {name: Value(value) for name, value in values.items()}
    score = charter_score(outcomes, dict(a=0.1, b=0.2, c=0.3, d=0.4), gated=False)
    assert isinstance(score, Value)
    assert min(values.values()) - 1e-12 <= score.value <= max(values.values()) + 1e-12


@given(npst.arrays(float, (3, 4), elements=st.one_of(unit, st.just(math.nan))))
def test_neutral_scores_have_the_mean_of_the_scored_ones(scores_PG: np.ndarray) -> None:
    neutral_PG = neutralise(scores_PG)
    for before_G, after_G in zip(scores_PG, neutral_PG, strict=True):
        scored = ~np.isnan(before_G)
        if not scored.any():
            assert np.isnan(after_G).all()
            continue
        np.testing.assert_array_equal(after_G[scored], before_G[scored])
        np.testing.assert_allclose(after_G.mean(), before_G[scored].mean(), atol=1e-12)


@given(
    npst.arrays(float, (2, 3, 2), elements=unit),
    npst.arrays(float, (2, 3, 1), elements=unit),
    st.floats(0, 10),
)
def test_advantage_is_the_lagrangian_of_the_parts(rewards_PGK: np.ndarray, costs_PGC: np.ndarray, lam: float) -> None:
    weights_K = np.array([0.3, 0.7])
    reward_PG = rewards_PGK @ weights_K
    reward_adv = reward_PG - reward_PG.mean(axis=1, keepdims=True)
    cost_adv = costs_PGC[:, :, 0] - costs_PGC[:, :, 0].mean(axis=1, keepdims=True)
    expected_PG = (reward_adv - lam * cost_adv) / (1 + lam)
    actual_PG = lagrangian_advantages(rewards_PGK, costs_PGC, weights_K, np.array([lam]))
    np.testing.assert_allclose(actual_PG, expected_PG, atol=1e-12)
    np.testing.assert_allclose(actual_PG.sum(axis=1), 0, atol=1e-9)


def test_an_unscored_completion_gets_no_advantage() -> None:
    rewards_PGK = np.array([[[1.0], [0.0], [np.nan]]])
    advantages_PG = lagrangian_advantages(rewards_PGK, np.zeros((1, 3, 1)), np.ones(1), np.array([1.0]))
    np.testing.assert_allclose(advantages_PG, [[0.25, -0.25, 0.0]])


def test_signed_weights_keep_their_scale_as_lambda_grows() -> None:
    for lam in (0.0, 1.0, 100.0):
        weights = signed_weights(np.array([0.5, 0.5]), np.array([lam]))
        assert np.abs(weights).sum() == pytest.approx(1.0)


@given(npst.arrays(float, 4, elements=st.floats(1e-6, 1e3)), st.floats(0, 0.25))
def test_the_floor_holds(weights_K: np.ndarray, floor: float) -> None:
    floored_K = with_floor(weights_K, floor)
    assert floored_K.sum() == pytest.approx(1)
    assert (floored_K >= floor - 1e-12).all()
    order = np.argsort(weights_K)
    assert (np.diff(floored_K[order]) >= -1e-12).all()


def test_an_impossible_floor_is_refused() -> None:
    with pytest.raises(ValueError, match="lower the floor"):
        with_floor(np.ones(4), 0.3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_gives_weights(strategy: str) -> None:
    target_K = np.array([0.25, 0.35, 0.25, 0.15])
    weights_K = adaptive_weights(
        strategy, target_K, np.array([0.9, 0.1, 0.5, 0.5]), np.array([0.1, 0.4, 0.2, 0.0]), 0.05
    )
    assert weights_K.sum() == pytest.approx(1)
    assert (weights_K >= 0.05).all()


def test_what_lags_behind_gets_more_weight() -> None:
    target_K = np.array([0.5, 0.5])
    weights_K = adaptive_weights("target_weighted", target_K, np.array([0.9, 0.3]), np.ones(2), 0.1)
    np.testing.assert_allclose(weights_K, [0.25, 0.75])


def test_target_floor_never_takes_from_a_target_that_the_floor_protects() -> None:
    target_K = np.array([0.5, 0.5])
    weights_K = adaptive_weights("target_floor", target_K, np.array([0.9, 0.1]), np.ones(2), 0.3)
    assert weights_K[0] >= 0.3
    assert weights_K[1] > weights_K[0]


def test_running_statistics_pass_over_unscored_rows() -> None:
    start = Weighting.start(WeightingConfig(strategy="mean_inverse", smoothing=1.0), np.array([0.5, 0.5]))
    after = start.update(np.array([[0.2, np.nan], [0.4, np.nan]]))
    np.testing.assert_allclose(after.mean_K, [0.3, 0.3])
    assert after.restored(after.to_json()).to_json() == after.to_json()


def multipliers(**changes: float) -> Multipliers:
    config = LagrangianConfig.model_validate({"initial": 1.0, "delay": 0, "smoothing": 1.0} | changes)
    return Multipliers.start(config, {"cost": 0.1})


def test_a_broken_budget_raises_lambda_and_a_met_one_lowers_it() -> None:
    assert multipliers().update({"cost": 0.5}).values["cost"] > 1
    assert multipliers().update({"cost": 0.0}).values["cost"] < 1
    assert multipliers().update({"cost": 0.1}).values["cost"] == pytest.approx(1)


def test_the_step_is_dual_ascent_on_log_lambda() -> None:
    after = multipliers(learning_rate=2.0).update({"cost": 0.6})
    assert math.log(after.values["cost"]) == pytest.approx(2.0 * (0.6 - 0.1))


def test_nothing_moves_during_the_delay_but_the_mean_is_kept() -> None:
    state = multipliers(delay=2, smoothing=0.5)
    state = state.update({"cost": 1.0}).update({"cost": 0.0})
    assert state.values["cost"] == pytest.approx(1)
    assert state.states["cost"].mean_cost == pytest.approx(0.5)
    assert state.update({"cost": 0.5}).values["cost"] > 1


def test_an_unmeasured_batch_moves_nothing() -> None:
    state = multipliers()
    assert state.update({"cost": None}) == state


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_lambda_stays_between_floor_and_cap_and_says_when_it_is_there(costs: list[float]) -> None:
    state = multipliers(learning_rate=5.0, cap=3.0, floor=0.1)
    for cost in costs:
        state = state.update({"cost": cost})
        assert 0.1 - 1e-9 <= state.values["cost"] <= 3.0 + 1e-9
    assert (state.saturated() == ["cost"]) == (state.values["cost"] >= 3.0 * (1 - 1e-9))


def test_a_checkpoint_restores_exactly() -> None:
    state = multipliers().update({"cost": 0.37}).update({"cost": 0.41})
    assert multipliers().restored(state.to_json()) == state
