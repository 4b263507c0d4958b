"""Several λ found at once: on tables, where a chain of steps is the joint optimum, and on made-up measurements."""

import numpy as np
import pytest
from hypothesis import given, settings
from test_align_theory import BETAS, SEEDS, problem

from lawgiver.align.constraint import (
    Beside,
    DualSettings,
    Move,
    Round,
    Rounds,
    Scores,
    SearchSettings,
    Status,
    read_rounds,
    search_rounds,
    solve_dual,
)
from lawgiver.align.constraint.tabular import expectation, tilt
from lawgiver.outcome import ConfigurationError


def found_by_rounds(problem_, beta, settings_, start=None):
    """Search with exact policies: a chain of tilts, one a constraint, measured exactly."""
    reference_XY, reward_XY, cost_XYC, thresholds_C = problem_
    names = [f"c{c}" for c in range(len(thresholds_C))]
    helpful_XY = tilt(reference_XY, reward_XY, beta)
    dual = solve_dual(
        Scores.from_costs(cost_XYC, thresholds_C, log_prior_PK=helpful_XY, names=names),
        DualSettings(beta=beta, cap=1e5),
    )
    policies = []

    def measure(moves):
        policy_XY = helpful_XY
        for c, move in enumerate(moves.values()):
            if move.multiplier:
                policy_XY = tilt(policy_XY, -cost_XYC[..., c], beta / move.multiplier)
        policies.append(policy_XY)
        means = [expectation(policy_XY, cost_XYC[..., c]) for c in range(len(names))]
        costs = {
            name: Beside(cost=mean, low=mean, high=mean, threshold=threshold)
            for name, mean, threshold in zip(names, means, thresholds_C, strict=True)
        }
        return Round(moves=moves, costs=costs, run=str(len(policies) - 1))

    begin = dict(zip(names, (dual.lambda_C if start is None else start).tolist(), strict=True))
    slopes = dict(zip(names, dual.slope_C.tolist(), strict=True))
    found = search_rounds(measure, Rounds(beta=beta), settings_, start=begin, slopes=slopes)
    return dual, found, policies


def three_budgets(seed, beta):
    """Budgets that a known policy keeps, the third so loosely that it needs no step."""
    reference_XY, reward_XY, cost_XYC = problem(seed, constraints=3)
    witness_XY = tilt(tilt(reference_XY, reward_XY, beta), -cost_XYC[..., :2].sum(axis=2), 0.3)
    thresholds_C = np.array([expectation(witness_XY, cost_XYC[..., c]) + 0.02 for c in range(2)] + [1.0])
    return reference_XY, reward_XY, cost_XYC, thresholds_C


@given(seed=SEEDS, beta=BETAS)
@settings(max_examples=25)
def test_the_chain_that_is_found_is_the_joint_optimum(seed, beta):
    given_ = three_budgets(seed, beta)
    reference_XY, reward_XY, cost_XYC, thresholds_C = given_
    limits = SearchSettings(tolerance=1e-3, minimum=1e-6, maximum=1e5)
    dual, (status, _, rounds), policies = found_by_rounds(given_, beta, limits)
    if not dual.lambda_C.any():
        return
    assert status in (Status.FOUND, Status.SPENT, Status.RESOLVED)
    multipliers = np.array(list(rounds.rounds[0].multipliers.values()))
    assert multipliers == pytest.approx(dual.lambda_C)
    assert multipliers[2] == 0  # and its step is left out
    joint_XY = tilt(reference_XY, reward_XY - cost_XYC @ dual.lambda_C, beta)
    np.testing.assert_allclose(np.exp(policies[0]), np.exp(joint_XY), atol=1e-9)
    for c, cost in enumerate(rounds.rounds[0].costs.values()):
        assert cost.cost <= thresholds_C[c] + 1e-7


@pytest.mark.parametrize(("trainings", "found", "kept"), [(3, 0.2, 0.7), (6, 0.8, 0.9)])
def test_rounds_mend_multipliers_that_begin_far_off(trainings, found, kept):
    ended = []
    limits = SearchSettings(tolerance=0.03, minimum=0.01, maximum=100, trainings=trainings)
    for seed in range(12):
        given_ = three_budgets(seed, 0.5)
        exact, _, _ = found_by_rounds(given_, 0.5, limits)
        if not exact.lambda_C.any():
            continue
        for factor in (0.4, 2.5):
            _, (status, chosen, rounds), _ = found_by_rounds(given_, 0.5, limits, start=exact.lambda_C * factor)
            assert len(rounds.rounds) <= trainings
            ended.append((status is Status.FOUND, chosen is not None))
            if chosen is not None:
                assert all(cost.cost <= cost.threshold for cost in chosen.costs.values())
    assert (np.mean(ended, axis=0) >= (found, kept)).all()  # the λ of one moves the cost of the other


def move(multiplier):
    return Move(multiplier=multiplier, decision="start", reason="")


def told(multipliers, costs, thresholds):
    """One round, measured without noise."""
    return Round(
        moves={name: move(value) for name, value in multipliers.items()},
        costs={n: Beside(cost=c, low=c, high=c, threshold=thresholds[n]) for n, c in costs.items()},
    )


def searched(rows, **changes):
    """The moves of a search whose measurements are given."""
    limits, left = SearchSettings(tolerance=0.05, **changes), iter(rows)
    thresholds = {"harm": 0.2, "rude": 0.1}

    def measure(moves):
        return told({n: m.multiplier for n, m in moves.items()}, next(left), thresholds)

    slopes = {"harm": -0.1, "rude": None}
    return search_rounds(measure, Rounds(beta=0.1), limits, start={"harm": 4.0, "rude": 0.0}, slopes=slopes)


def test_only_what_missed_its_budget_is_moved():
    status, chosen, rounds = searched([{"harm": 0.18, "rude": 0.4}, {"harm": 0.19, "rude": 0.08}])
    assert [each.multipliers for each in rounds.rounds] == [{"harm": 4, "rude": 0}, {"harm": 4, "rude": 1}]
    assert status is Status.FOUND
    assert chosen is rounds.rounds[1]
    status, chosen, rounds = searched([{"harm": 0.4, "rude": 0.05}] * 5, maximum=1e4)
    first, second, third = (each.multipliers for each in rounds.rounds)
    assert first["harm"] < second["harm"] < third["harm"]
    assert {each["rude"] for each in (first, second, third)} == {0}
    assert (status, chosen) == (Status.SPENT, None)


def test_a_budget_that_is_broken_at_the_largest_lambda_ends_the_rounds():
    status, chosen, rounds = searched([{"harm": 0.5, "rude": 0.05}] * 5, maximum=4.0)
    assert (status, chosen, len(rounds.rounds)) == (Status.UNREACHABLE, None, 1)


def test_rounds_are_kept_and_read_again(tmp_path):
    _, _, rounds = searched([{"harm": 0.18, "rude": 0.4}, {"harm": 0.19, "rude": 0.08}])
    rounds.write(tmp_path / "rounds.json")
    assert read_rounds(tmp_path / "rounds.json") == rounds
    assert [step.multiplier for step in rounds.trace("rude").steps] == [1]
    (tmp_path / "rounds.json").write_text('{"beta": 0.1, "rounds": [{"moves": 3}]}')
    with pytest.raises(ConfigurationError, match="delete it to begin the search anew"):
        read_rounds(tmp_path / "rounds.json")
