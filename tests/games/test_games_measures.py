from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.charter import Charter
from lawgiver.games import markov, measures
from lawgiver.games.algebra import framework
from lawgiver.games.catalogue import game
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.oracle import solve
from lawgiver.games.problem import problem

CHARTER = Charter.open("dilemmas")
IPD = game("ipd").seen_by("row")
EVEN = np.ones(4) / 4
ALLC, ALLD = measures.constant(4, 2, 0), measures.constant(4, 2, 1)
TFT = measures.tit_for_tat(4, 2)
COIN = np.full((4, 2), 0.5)


def built(name, on="ipd", against="random", **options):
    stage = game(on).seen_by("row")
    return problem(stage, framework(CHARTER, name, stage), opponent(against), **options)


# table of published regrets: a coin that fell C in 42 of 100 moves, 46 of 100 previous ones
GAMES = ("ipd", "stag_hunt", "chicken", "bos", "defective_coordination")


@pytest.mark.parametrize(
    ("player", "regrets"),
    [
        (ALLC, (0.097, 0.207, 0.038, 0.264, 0.511)),
        (ALLD, (0.263, 0.399, 0.264, 0.191, 0.240)),
    ],
)
def test_constant_players_have_the_published_utilitarian_regret(player, regrets):
    found = [measures.regret(player, built("ut", on, "random(0.42)")).normalised for on in GAMES]
    assert found == pytest.approx(regrets, abs=1e-3)


def test_even_a_best_response_to_a_fair_coin_has_regret():
    for on, expected in zip(GAMES, (0.083, 0.179, 0.045, 0.227, 0.286), strict=True):
        best = measures.regret(solve(built("ut", on)).p_HA, built("ut", on))
        assert best.normalised == pytest.approx(expected, abs=1e-3)
        assert best.behind_best == pytest.approx(0)
        assert min(best.ahead_of.values()) >= -1e-12


def test_the_regret_of_betrayal_is_bounded_by_the_fine():
    previous_C = np.array([0.23, 0.27, 0.23, 0.27])  # the others' previous move was C in 46 of 100
    reward_HAB, q_HB = built("de").reward_HAB, built("de").q_HB
    assert measures.ceiling(reward_HAB, -6.0) == measures.Ceiling(0.0, -6.0)
    worst = measures.ceiling(reward_HAB, -6.0).regret(measures.mean_reward(ALLD, q_HB, reward_HAB, previous_C, -6.0))
    assert worst == pytest.approx(1.38)
    silent = np.zeros((4, 2))
    assert measures.mean_reward(silent, q_HB, reward_HAB, previous_C, -6.0) == -6
    assert measures.regret(silent, built("ut")).normalised == 1


def test_regret_compares_with_simple_players():
    found = measures.regret(TFT, built("game_de"))
    assert found.players == pytest.approx({"always C": 1.5, "always D": 1.0, "tit for tat": 2.0})
    assert found.ahead_of["always D"] == pytest.approx(1.0)
    assert measures.Ceiling(1.0, 1.0).normalised(1.0) == 0


def test_six_action_types():
    p_HA = np.array([[0.7, 0.2], [0.1, 0.9], [1, 0], [0.5, 0.5]])
    types = measures.action_types(p_HA, EVEN, 2)
    assert measures.type_names(IPD) == [["C|C", "C|D"], ["D|C", "D|D"], ["illegal|C", "illegal|D"]]
    assert types.sum() == pytest.approx(1)
    assert types == pytest.approx(np.array([[1.7, 0.6], [0.2, 1.4], [0.1, 0.0]]) / 4)
    assert measures.conditional(p_HA, EVEN, 2)[:, 0] == pytest.approx([0.85, 0.1, 0.05])
    assert measures.legality(p_HA, EVEN) == pytest.approx(0.975)
    names = measures.type_names(game("public_goods_4").seen_by("any"))
    assert names[0] == ["C|3", "C|2", "C|1", "C|0"]


def test_action_types_of_an_episode_and_of_the_long_run():
    tft_HB = opponent("tft").table(IPD, 1)
    long = measures.long_run(ALLD, tft_HB, EVEN)
    assert measures.action_types(ALLD, long, 2)[1].tolist() == [0, 1]  # D is answered by D for ever
    short = measures.long_run(ALLD, tft_HB, EVEN, rounds=5)
    assert measures.action_types(ALLD, short, 2)[1] == pytest.approx([(0.5 + 0.5) / 5, (0.5 + 0.5 + 3) / 5])


def test_conditionality_tells_reciprocity_from_constancy():
    assert measures.conditionality(TFT, EVEN, 2) == 1
    assert measures.conditionality(ALLC, EVEN, 2) == 0
    assert measures.conditionality(TFT[:, ::-1], EVEN, 2) == -1
    assert np.isnan(measures.conditionality(TFT, np.array([1, 0, 0, 0.0]), 2))


def test_who_can_be_exploited():
    naive = measures.exploitability(ALLC, IPD)
    assert (naive.adversary, naive.learner, naive.worst) == pytest.approx((4, 0, 0))
    assert (naive.advantage, naive.gain, naive.shortfall) == pytest.approx((4, 3, 1))
    hard = measures.exploitability(ALLD, IPD)
    assert (hard.adversary, hard.shortfall, hard.advantage) == pytest.approx((1, 0, 0))
    fair = measures.exploitability(TFT, IPD, gamma=0.99, start_H=np.eye(4)[0])
    assert fair.adversary == pytest.approx(3)  # it pays to cooperate with it
    assert fair.worst == pytest.approx(0.99)  # one round is lost before it answers
    impatient = measures.exploitability(TFT, IPD, gamma=0.1, start_H=np.eye(4)[0])
    assert impatient.adversary == pytest.approx(0.9 * 4 + 0.1)
    assert measures.exploitability(np.zeros((4, 2)), IPD).gain > 0  # silence repeats the last move


def test_an_indifferent_adversary_is_taken_to_harm():
    found = measures.exploitability(COIN, game("stag_hunt").seen_by("row"))
    assert found.adversary == pytest.approx(2)  # C and D earn it the same against a coin
    assert found.learner == found.worst == pytest.approx(0.5)  # D leaves the coin less than C


def test_security_is_the_maximin():
    assert measures.security(IPD.own_AB) == pytest.approx(1)
    assert measures.security(np.array([[1, -1], [-1, 1.0]])) == pytest.approx(0)
    assert measures.security(game("bos").seen_by("row").own_AB) == pytest.approx(6 / 5)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_no_policy_is_worth_more_than_its_security_against_the_worst(seed):
    rng = np.random.default_rng(seed)
    p_HA = rng.dirichlet(np.ones(2), 4)
    found = measures.exploitability(p_HA, IPD, gamma=0.9)
    assert found.worst <= min(found.learner, found.security) + 1e-9
    assert found.gain >= -1e-9
    for name in ("allc", "alld", "tft", "wsls"):
        q_HB = opponent(name).table(IPD, 1)
        own = 0.1 * markov.value(p_HA, q_HB, np.tile(IPD.own_AB, (4, 1, 1)), EVEN, gamma=0.9, illegal=0)
        other = 0.1 * markov.value(p_HA, q_HB, np.tile(IPD.others_ABN[..., 0], (4, 1, 1)), EVEN, gamma=0.9, illegal=0)
        assert own >= found.worst - 1e-9
        assert other <= found.adversary + 1e-9


def test_ways_back_to_cooperation():
    tft_HB = markov.mirror(TFT)
    assert measures.forgiveness(TFT, tft_HB).eventually == 0  # they echo the defection
    wsls = np.array([[1, 0], [0, 1], [0, 1], [1, 0.0]])
    back = measures.forgiveness(wsls, markov.mirror(wsls))
    assert (back.eventually, back.within, back.rounds) == pytest.approx((1, 1, 2))
    generous = TFT + np.array([[0, 0], [0.3, -0.3], [0, 0], [0.3, -0.3]])
    found = measures.forgiveness(generous, markov.mirror(generous), within=1)
    assert (found.eventually, found.within) == pytest.approx((1, 0.3))
    assert 1 < found.rounds < np.inf
    assert measures.forgiveness(TFT, opponent("allc").table(IPD, 1)).rounds == pytest.approx(2)
    sorry = measures.forgiveness(ALLC, tft_HB, defector="own")
    assert (sorry.within, sorry.rounds) == pytest.approx((1, 2))
    grim = measures.forgiveness(TFT, opponent("alld").table(IPD, 1))
    assert (grim.eventually, grim.within, grim.rounds) == (0, 0, np.inf)


def test_forgiveness_that_is_only_likely_takes_for_ever_on_average():
    half = np.array([[1, 0], [0.5, 0.5], [1, 0], [0, 1.0]])
    sure = measures.forgiveness(half, opponent("tft").table(IPD, 1), within=3)
    assert (sure.eventually, sure.within, sure.rounds) == pytest.approx((1, 0.75, 3))
    half[2] = 0.5  # now it may end in mutual defection
    found = measures.forgiveness(half, opponent("tft").table(IPD, 1), within=3)
    assert (found.eventually, found.within, found.rounds) == pytest.approx((2 / 3, 0.625, np.inf))
    longer = np.tile(half, (4, 1))
    again = measures.forgiveness(longer, opponent("tft").table(IPD, 2), within=3)
    assert (again.eventually, again.within) == pytest.approx((found.eventually, found.within))


def test_welfare_of_outcomes():
    joint = measures.joint_moves(ALLD, opponent("allc").table(IPD, 1), EVEN)
    found = measures.welfare(IPD, joint)
    assert found == measures.Welfare((4.0, 0.0), 4.0, 0.0, 0.5, 0.5)
    turns = measures.welfare(IPD, np.array([[0, 0.5], [0.5, 0.0]]))
    assert (turns.gini, turns.gini_of_means, turns.minimum) == pytest.approx((0.5, 0, 0))
    goods = game("public_goods_4").seen_by("any")
    shared = measures.welfare(goods, np.eye(4)[:1].repeat(2, axis=0) * [[1], [0]])
    assert shared.collective == pytest.approx(4 * 1.6)
    assert shared.gini == pytest.approx(0)
    assert np.isnan(measures.joint_moves(np.zeros((4, 2)), COIN, EVEN)).all()


def test_gini_is_the_textbook_one():
    assert measures.gini(np.array([[1, 1], [0, 0], [1, 0], [3, 1]])) == pytest.approx([0, 0, 0.5, 0.25])
    assert measures.gini(np.array([0, 0, 0, 1.0])) == pytest.approx(0.75)
    assert np.isnan(measures.gini(np.array([-1.0, 2.0])))


def test_payoff_sensitivity_tells_names_from_payoffs():
    game_ = game("defective_coordination")
    flipped = game_.permuted([1, 0], [1, 0])
    first, second = (
        solve(problem(g.seen_by("row"), framework(CHARTER, "ut", g.seen_by("row")), opponent("random"))).p_HA
        for g in (game_, flipped)
    )
    follows = measures.payoff_sensitivity(first, second, EVEN)
    assert (follows.change, follows.inconsistency) == (1, 0)  # D where D pays, C where C does
    deaf = measures.payoff_sensitivity(ALLC, ALLC, EVEN)
    assert (deaf.change, deaf.inconsistency) == (0, 1)
    mute = measures.payoff_sensitivity(ALLC, np.zeros((4, 2)), EVEN)
    assert (mute.change, mute.inconsistency) == (1, 1)
    cycle = [1, 2, 0]
    rng = np.random.default_rng(0)
    p_HA = rng.dirichlet(np.ones(3), 9)
    there = np.empty_like(p_HA)
    for a, b, c in np.ndindex(3, 3, 3):
        there[a * 3 + b, c] = p_HA[cycle[a] * 3 + cycle[b], cycle[c]]
    assert measures.payoff_sensitivity(p_HA, there, np.ones(9) / 9, cycle).inconsistency == pytest.approx(0)


def test_a_panel_of_frameworks_judges_one_policy():
    stage = IPD
    rewards = {name: framework(CHARTER, name, stage).reward_SAB for name in ("game", "de", "ut")}
    rewards["silent"] = np.full((4, 2, 2), np.nan)
    rewards["betrayal"] = np.full((4, 2, 2), np.nan)
    rewards["betrayal"][[0, 2]] = np.array([[0, 0], [1, 1.0]])
    half = 0.5 * ALLD  # half its moves are illegal, which is no moral question
    verdicts = measures.panel(half, COIN, EVEN, rewards)
    assert (verdicts["game"].mean, verdicts["de"].mean, verdicts["ut"].mean) == pytest.approx((2.5, -1.5, 3))
    assert (verdicts["betrayal"].mean, verdicts["betrayal"].applies) == pytest.approx((1, 0.5))
    assert np.isnan(verdicts["silent"].mean)
    assert verdicts["silent"].applies == 0
