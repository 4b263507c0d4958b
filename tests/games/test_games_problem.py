from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.charter import Charter
from lawgiver.games import markov
from lawgiver.games.algebra import Framework, Limit, framework
from lawgiver.games.catalogue import game
from lawgiver.games.lexicographic import MAX_PLANS, scalarise
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import action_values, optimal_actions
from lawgiver.games.problem import problem
from lawgiver.outcome import ConfigurationError

IPD = game("ipd").seen_by("row")
CHARTER = Charter.open("dilemmas")


def build(name, against="tft", **options):
    return problem(IPD, framework(CHARTER, name, IPD), opponent(against), **options)


def own(reward_SAB, **more):
    return Framework(name="own", title="", sha256="0", terms=((1.0, reward_SAB),), **more)


def test_every_reachable_history_weighs_the_same():
    assert build("game", "allc").weight_H.tolist() == [0.5, 0, 0.5, 0]
    assert build("game", "tft").weight_H.tolist() == [0.25] * 4
    two = build("game", "tft", history=2)
    assert (two.histories, two.reachable_H.sum(), two.weight_H.sum()) == (16, 8, 1)


def test_rewards_look_at_the_last_round_whatever_the_history():
    one, two = build("game_de"), build("game_de", history=2)
    assert np.array_equal(two.reward_HAB, np.tile(one.reward_HAB, (4, 1, 1)))
    assert one.reward_HA.tolist() == [[3, 1], [3, 4], [0, -2], [0, 1]]
    assert np.array_equal(two.next_HAB, markov.successors(16, 2, 2))


def test_value_and_gradient_are_per_round():
    always_c = np.tile([1.0, 0.0], (4, 1))
    assert build("ut", "allc", gamma=0.9).value(always_c) == pytest.approx(6)
    assert build("ut", "allc").value(always_c) == pytest.approx(6)
    p_HA = np.full((4, 2), 0.4)
    small = build("game_de", "random", gamma=0.5)
    step_HA = small.log_gradient(p_HA)
    moved = small.value(p_HA * (1 + 1e-6)) - small.value(p_HA)
    assert moved == pytest.approx(1e-6 * step_HA.sum(), rel=1e-4)
    assert small.share(p_HA).sum() == pytest.approx(1)


def test_a_second_learner_takes_the_opponents_place():
    base = build("game_de", "allc")
    wsls = opponent("wsls").table(IPD, 1)
    moved = base.against(wsls, "wsls")
    assert (moved.name, base.opponent) == ("ipd/game_de/wsls", "allc")
    assert np.array_equal(moved.reward_HA, build("game_de", "wsls").reward_HA)
    assert moved.weight_H.tolist() == [0.25] * 4
    assert moved.sha256 == build("game_de", "wsls").sha256 != base.sha256
    with pytest.raises(ConfigurationError, match="sum to 1"):
        base.against(np.ones((4, 2)))
    with pytest.raises(ConfigurationError, match="shape"):
        base.against(np.ones((2, 2)) / 2)


def test_the_hash_follows_what_decides_and_not_names():
    base = build("game_de")
    assert base.sha256 == build("game_de").sha256 == replace(base, opponent="copycat").sha256
    others = [build("game"), build("game_de", "allc"), build("game_de", gamma=0.1), build("game_de", illegal=-5)]
    assert len({base.sha256, *(other.sha256 for other in others)}) == 5


def test_a_limit_is_a_mean_over_the_decisions_it_applies_to():
    (bound,) = build("game_within_de", "random").bounds
    weight_H = np.ones(4) / 4
    assert bound.limit == 0.05
    assert np.isnan(bound.cost_HA[1]).all()
    p_HA = np.array([[0.8, 0.2], [0, 1], [0.6, 0.2], [0, 1.0]])  # after DC a fifth is illegal
    assert bound.mean(p_HA, weight_H) == pytest.approx(0.4 / 1.8)
    assert np.isnan(bound.mean(p_HA, np.array([0, 1, 0, 0.0])))
    assert float((weight_H[:, None] * p_HA * bound.excess()).sum()) > 0


def test_a_cost_may_depend_on_what_the_others_do():
    cost_SAB = np.full((4, 2, 2), np.nan)
    cost_SAB[:, 1, 0] = 1.0  # exploiting a cooperator, once it turns out to be one
    limits = (Limit("exploit", cost_SAB, 0.1),)
    (bound,) = problem(IPD, own(np.zeros((4, 2, 2)), limits=limits), opponent("random(0.3)")).bounds
    assert bound.applies_HA[0].tolist() == pytest.approx([0, 0.3])
    assert bound.cost_HA[0, 1] == pytest.approx(1)
    assert bound.excess()[0].tolist() == pytest.approx([0, 0.27])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.9]))
@settings(max_examples=30, deadline=None)
def test_one_number_has_the_lexicographic_optima(seed, gamma):
    rng = np.random.default_rng(seed)
    levels = [rng.integers(-2, 3, size=(4, 2, 2)).astype(float) for _ in range(3)]
    levels[0][:, 0] = levels[0][:, 1]  # silent everywhere but in one state
    levels[0][0, 1] -= 1
    q_HB = np.eye(2)[rng.integers(0, 2, 4)] if seed % 2 else rng.dirichlet(np.ones(2), 4)
    step_HAH = markov.step_kernel(q_HB, 2)
    allowed = np.ones((4, 2), dtype=bool)
    for level in levels:
        allowed = optimal_actions(markov.expected(q_HB, level), step_HAH, gamma, allowed)
    total_HAB, factors = scalarise(levels, q_HB, gamma)
    assert factors[-1] == 1
    assert min(factors) >= 1
    value_HA = action_values(markov.expected(q_HB, total_HAB), step_HAH, gamma)
    best = value_HA >= value_HA.max(axis=1, keepdims=True) - 1e-9 * max(1, np.abs(value_HA).max())
    assert (best <= allowed).all()


def test_scaled_levels_outweigh_what_follows_and_leave_illegal_moves_the_worst():
    silent = np.zeros((4, 2, 2))
    silent[0, 1] = -0.01
    wanted = own(silent, then=(own(np.tile(100 * IPD.own_AB, (4, 1, 1))),))
    built = problem(IPD, wanted, opponent("random"))
    assert built.factors[0] * 0.01 == pytest.approx(2 * 100)
    assert built.illegal < built.reward_HAB.min()
    assert built.against(opponent("allc").table(IPD, 1)).given_illegal == -6
    assert len(built.levels) == 2


def test_too_many_plans_are_refused():
    wanted = own(np.zeros((4, 2, 2)), then=(own(np.ones((4, 2, 2))),))
    with pytest.raises(ConfigurationError, match=f"at most {MAX_PLANS}"):
        problem(IPD, wanted, opponent("tft"), history=2, gamma=0.5)


def test_mistakes_are_named():
    for options, message in (
        ({"gamma": 1.0}, "gamma=1.0"),
        ({"history": 0}, "history=0"),
        ({"illegal": float("nan")}, "illegal=nan"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            build("game", **options)
    with pytest.raises(ConfigurationError, match="only the cost of a constraint may abstain"):
        problem(IPD, own(np.full((4, 2, 2), np.nan)), opponent("tft"))
    with pytest.raises(ConfigurationError, match="tabulate it for this stage"):
        problem(IPD, own(np.zeros((9, 3, 3))), opponent("tft"))
    with pytest.raises(ConfigurationError, match="at least one term"):
        problem(IPD, replace(own(np.zeros((4, 2, 2))), terms=()), opponent("tft"))
    broken = SimpleNamespace(name="broken", table=lambda stage, history: np.ones((4, 2)))
    with pytest.raises(ConfigurationError, match="opponent broken"):
        problem(IPD, own(np.zeros((4, 2, 2))), broken)
