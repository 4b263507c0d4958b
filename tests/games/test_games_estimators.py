"""Sampled estimators against the exact gradient, against naive loops, and against their own restart."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from lawgiver.charter import Charter
from lawgiver.games.algebra import Framework, Limit, framework
from lawgiver.games.catalogue import game
from lawgiver.games.learn import objective
from lawgiver.games.learn.credit import CREDITS, EPSILON, clipped
from lawgiver.games.learn.estimators import Asked, Mirror, Sampled, estimator
from lawgiver.games.learn.rollout import chosen_logps, sample
from lawgiver.games.markov import own_last
from lawgiver.games.opponents.registry import opponent
from lawgiver.games.problem import problem

IPD = game("ipd").seen_by("row")
CHARTER = Charter.open("dilemmas")
HISTORY_N = np.array([0, 1, 2, 3, 3, 1])
"""Six prompts, two of them about the same histories, so that they do not weigh the same."""


def logps(rng, count, legal=0.85):
    return np.log(rng.dirichlet((2, 2), count) * legal)


def asked_about(gamma, seed=0, beta=0.3):
    """Random rewards, a limit with its price and a KL anchor, against an opponent that errs."""
    rng = np.random.default_rng(seed)
    cost_SAB = rng.random((4, 2, 2))
    cost_SAB[:, :, 1][rng.random((4, 2)) < 0.4] = np.nan
    wanted = Framework("r", "", "0", ((1.0, rng.normal(size=(4, 2, 2))),), limits=(Limit("cost", cost_SAB, 0.2),))
    of = problem(IPD, wanted, opponent("noise(tft,0.2)"), gamma=gamma, illegal=-2.0)
    own_NA, reference_NA = logps(rng, len(HISTORY_N)), logps(rng, len(HISTORY_N), legal=0.7)
    return Asked(own_NA, HISTORY_N, of, {"cost": 1.5}, beta, reference_NA)


def on_logits(weights_NA, asked):
    """What weights on log p come to on the logits of a table over histories, illegality last, `(H, X)`."""
    p_NX = np.column_stack([np.exp(asked.logp_NA), np.exp(objective.log_illegal(asked.logp_NA))])
    weights_NX = np.column_stack([weights_NA, np.zeros(len(weights_NA))])
    gradient_HX = np.zeros((asked.problem.histories, p_NX.shape[1]))
    np.add.at(gradient_HX, asked.history_N, weights_NX - p_NX * weights_NX.sum(axis=1, keepdims=True))
    return gradient_HX


def exact(asked):
    return on_logits(
        objective.gradient(
            asked.logp_NA,
            asked.history_N,
            asked.problem,
            multipliers=asked.multipliers,
            beta=asked.beta,
            reference_NA=asked.reference_NA,
        ),
        asked,
    )


def monte_carlo(asked, each, draws):
    """Mean of many independent estimates on logits, and its standard error."""
    rng = np.random.default_rng(1)
    estimates = []
    for _ in range(draws):
        drawn = each.draw(asked, rng)
        estimates.append(on_logits(each.weights(asked, drawn, asked.logp_NA), asked))
    return np.mean(estimates, axis=0), np.std(estimates, axis=0, ddof=1) / np.sqrt(draws)


def agrees(mean_HX, error_HX, expected_HX):
    """Whether all coordinates lie within a joint interval of 99.9 % (Bonferroni, normal)."""
    bound = norm.isf(0.001 / 2 / mean_HX.size)
    return bool((np.abs(mean_HX - expected_HX) <= bound * error_HX).all())


ROUNDS = {0.0: 1, 0.5: 16}
"""Rounds sampled at each γ; what 16 leave out at ½ is 2⁻¹⁶ of a payoff, a hundredth of the interval."""


@pytest.fixture(scope="module", params=[0.0, 0.5], ids=["single decisions", "over rounds"])
def sampled(request):
    """The exact gradient, and the mean of rloo estimates with its error."""
    gamma = request.param
    asked = asked_about(gamma)
    mean_HX, error_HX = monte_carlo(asked, Sampled("rloo", samples=8, rounds=ROUNDS[gamma]), 600)
    return asked, mean_HX, error_HX


def test_the_mean_of_rloo_is_the_exact_gradient(sampled):
    """Rewards, illegality, limits, KL and unequal numbers of prompts included."""
    asked, mean_HX, error_HX = sampled
    assert agrees(mean_HX, error_HX, exact(asked))
    assert error_HX.max() < 0.05 * np.abs(exact(asked)).max()  # an interval that says something


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda asked: -exact(asked), id="wrong sign"),
        pytest.param(lambda asked: 7 / 8 * exact(asked), id="baseline with the own sample in it"),
        pytest.param(lambda asked: exact(replace(asked, problem=replace(asked.problem, illegal=-1.0))), id="illegal"),
        pytest.param(lambda asked: exact(replace(asked, multipliers={})), id="no price"),
        pytest.param(lambda asked: exact(replace(asked, beta=0.0)), id="no KL"),
        pytest.param(
            lambda asked: exact(replace(asked, problem=replace(asked.problem, gamma=0.25))), id="another discount"
        ),
    ],
)
def test_that_agreement_can_fail(sampled, wrong):
    asked, mean_HX, error_HX = sampled
    assert not agrees(mean_HX, error_HX, wrong(asked))


def test_weights_that_ignore_how_many_prompts_show_a_history_disagree():
    """Each prompt alike would be another objective; the starts' weights are in the estimate."""
    asked = asked_about(0.0)
    p_NA = np.exp(asked.logp_NA)
    pull_NA, share_N = objective.pull(asked.logp_NA, HISTORY_N, asked.problem)
    assert share_N == pytest.approx([1 / 4, 1 / 8, 1 / 4, 1 / 8, 1 / 8, 1 / 8])
    plain = replace(asked, multipliers={}, beta=0.0)
    mean_HX, error_HX = monte_carlo(plain, Sampled("rloo", samples=64), 200)
    assert agrees(mean_HX, error_HX, on_logits(p_NA * pull_NA * share_N[:, None], plain))
    assert not agrees(mean_HX, error_HX, on_logits(p_NA * pull_NA / 6, plain))


def test_mirror_and_exact_draw_nothing_and_point_the_same_way():
    asked = asked_about(0.5)
    mirror = Mirror(temperature=100.0)
    drawn = mirror.draw(asked, None)
    assert drawn.shape == (6, 3)
    small_HX = on_logits(mirror.weights(asked, drawn, asked.logp_NA), asked)
    assert (small_HX * exact(asked)).sum() > 0
    plain = replace(asked, multipliers={}, beta=0.0)
    each = estimator("memory-one", samples=2, rounds=1, clip=0.2, epochs=4, normalise=False, temperature=1.0)
    expected_NA = objective.gradient(asked.logp_NA, HISTORY_N, asked.problem)
    assert np.array_equal(each.weights(plain, each.draw(plain, None), asked.logp_NA), expected_NA)


@pytest.mark.parametrize("name", ["grpo", "rloo"])
def test_grpo_cannot_tell_a_small_fine_from_a_large_one(name):
    """Two answers, two returns: standardised within the group, ξ = 1.1 and ξ = 100 are the same."""
    rng = np.random.default_rng(5)
    logp_NA = logps(rng, 8, legal=1 - 1e-9)  # an illegal answer would be a third return
    weights = {}
    for xi in (1.1, 100.0):
        of = problem(IPD, framework(CHARTER, "game_de", IPD, {"xi": xi}), opponent("tft"))
        # after CC and DC only: elsewhere the norm is silent, and ξ plays no part anyway
        asked = Asked(logp_NA, np.array([0, 2] * 4), of)
        each = Sampled(name, samples=16)
        weights[xi] = each.weights(asked, each.draw(asked, np.random.default_rng(9)), logp_NA)
    assert np.abs(weights[1.1]).max() > 1e-3
    same = weights[100.0] == pytest.approx(weights[1.1], rel=1e-3)
    assert same == (name == "grpo")
    if name == "rloo":  # the fine is seen: 100 − 1 against 1.1 − 1
        assert weights[100.0] == pytest.approx(990 * weights[1.1], rel=1e-6)


def naive_credit(name, return_TNG, value_TNG):
    """Written out sample by sample."""
    credit_TNG = np.zeros_like(return_TNG)
    everything = return_TNG - value_TNG
    for t, n, g in np.ndindex(return_TNG.shape):
        group, own = return_TNG[t, n], return_TNG[t, n, g]
        if name == "rloo":
            credit_TNG[t, n, g] = own - np.delete(group, g).mean()
        elif name == "grpo":
            credit_TNG[t, n, g] = (own - group.mean()) / (group.std() + EPSILON)
        elif name == "reinforce++":
            spread = np.sqrt(np.mean([(x - x.mean()) ** 2 for x in return_TNG]))
            credit_TNG[t, n, g] = (own - return_TNG[t].mean()) / (spread + EPSILON)
        else:
            credit_TNG[t, n, g] = (everything[t, n, g] - everything.mean()) / (everything.std() + EPSILON)
    return credit_TNG


@pytest.mark.parametrize("name", list(CREDITS))
def test_credit_equals_a_naive_reference(name):
    rng = np.random.default_rng(2)
    return_TNG, value_TNG = rng.normal(size=(3, 5, 4)), rng.normal(size=(3, 5, 4))
    assert CREDITS[name](return_TNG, value_TNG) == pytest.approx(naive_credit(name, return_TNG, value_TNG))
    assert CREDITS[name](np.ones((2, 3, 4)), np.ones((2, 3, 4))) == pytest.approx(0)  # nothing to tell apart
    if name == "rloo":
        with pytest.raises(ValueError, match="two samples"):
            CREDITS[name](np.ones((2, 3, 1)), np.ones((2, 3, 1)))


@pytest.mark.parametrize("name", ["reinforce++", "ppo"])
def test_clipping_equals_a_naive_surrogate(name):
    """The weights are the slope of `mean Σ min(r·A, clip(r)·A)`, computed sample by sample at other parameters."""
    asked = asked_about(0.5, beta=0.0)
    each = Sampled(name, samples=8, rounds=3, clip=0.2)
    drawn = each.draw(asked, np.random.default_rng(3))
    episodes, credit_TNG, _ = drawn
    # ratios on both sides of both edges, and not far from them
    now_NA = asked.logp_NA + np.array(
        [[0.25, -0.3], [-0.1, 0.15], [-0.25, 0.3], [0.1, -0.15], [0.25, 0.1], [-0.3, 0.0]]
    )
    now_NA -= np.maximum(np.log(np.exp(now_NA).sum(axis=1, keepdims=True)) + 0.02, 0)
    ratio_TNG = np.exp(chosen_logps(now_NA, episodes) - chosen_logps(asked.logp_NA, episodes))
    for sign, low, high in ((1, 0.8, 1.2), (1, 1.2, 1.4), (-1, 0.6, 0.8), (-1, 0.8, 1.2)):
        assert ((np.sign(credit_TNG) == sign) & (low < ratio_TNG) & (ratio_TNG < high)).any()

    def surrogate(logp_NA):
        total = 0.0
        for index in np.ndindex(credit_TNG.shape):
            n, a, credit = episodes.prompt_TNG[index], episodes.action_TNG[index], credit_TNG[index]
            chances = [[*np.exp(row), 1 - np.exp(row).sum()] for row in (logp_NA[n], asked.logp_NA[n])]
            ratio = chances[0][a] / chances[1][a]
            total += min(ratio * credit, np.clip(ratio, 0.8, 1.2) * credit)
        return total / (credit_TNG.shape[1] * credit_TNG.shape[2])

    slope_NA = np.zeros_like(now_NA)
    for index in np.ndindex(now_NA.shape):
        up_NA, down_NA = now_NA.copy(), now_NA.copy()
        up_NA[index] += 1e-6
        down_NA[index] -= 1e-6
        slope_NA[index] = (surrogate(up_NA) - surrogate(down_NA)) / 2e-6
    weights_NA = each.weights(asked, drawn, now_NA)
    assert weights_NA == pytest.approx(slope_NA, abs=1e-6)
    unclipped_NA = replace(each, clip=1e9).weights(asked, drawn, now_NA)
    assert np.abs(weights_NA - unclipped_NA).max() > 1e-3


def test_clipping_case_by_case():
    credit = np.array([1.0, 1, 1, -1, -1, -1])
    ratio = np.array([0.5, 1, 1.5, 0.5, 1, 1.5])
    assert clipped(credit, ratio, 0.2).tolist() == [0.5, 1, 0, 0, -1, -1.5]


def test_episodes_follow_the_rules_of_the_game():
    asked = asked_about(0.5)
    of = asked.problem
    prompt_TNG, action_TNG, reward_TNG = sample(
        asked.logp_NA, HISTORY_N, of, samples=50, rounds=4, rng=np.random.default_rng(0)
    )
    assert (prompt_TNG[0] == np.arange(6)[:, None]).all()
    history_TNG = HISTORY_N[prompt_TNG]
    illegal_TNG = action_TNG == 2
    assert illegal_TNG.mean() == pytest.approx(0.15, abs=0.03)
    made_TNG = np.where(illegal_TNG, own_last(4, 2, 2)[history_TNG], action_TNG)
    assert (history_TNG[1:] // 2 == made_TNG[:-1]).all()  # what is remembered is the recorded move
    other_TNG = history_TNG[1:] % 2
    earned = np.where(
        illegal_TNG[:-1], of.illegal, of.reward_HAB[history_TNG[:-1], action_TNG[:-1].clip(max=1), other_TNG]
    )
    assert reward_TNG[:-1] == pytest.approx(earned)
    assert set(np.unique(prompt_TNG[1:])) == set(range(6))  # both prompts of a history come up


def test_a_single_decision_needs_no_prompt_for_what_comes_after():
    asked = asked_about(0.0)
    only = replace(asked, logp_NA=asked.logp_NA[:2], history_N=HISTORY_N[:2], reference_NA=asked.reference_NA[:2])
    each = Sampled("rloo")
    drawn = each.draw(only, np.random.default_rng(0))
    assert np.isfinite(each.weights(only, drawn, only.logp_NA)).all()


def test_running_moments_are_those_of_all_rewards_so_far():
    asked = asked_about(0.0, beta=0.0)
    each = Sampled("rloo", samples=5, normalise=True)
    seen = []
    for draw in range(4):
        charged = objective.charged(asked.problem, HISTORY_N, asked.multipliers)
        seen.append(sample(asked.logp_NA, HISTORY_N, charged, samples=5, rounds=1, rng=np.random.default_rng(draw))[2])
        _, credit_TNG, _ = each.draw(asked, np.random.default_rng(draw))
        every = np.concatenate(seen)
        assert each.moments == pytest.approx([every.size, every.mean(), ((every - every.mean()) ** 2).sum()])
        stakes_N1 = np.array([4, 2, 4, 2, 2, 2])[:, None] * 3 / 8
        expected = naive_credit("rloo", (seen[-1] - every.mean()) / (every.std() + 1e-6), np.zeros_like(seen[-1]))
        assert credit_TNG == pytest.approx(expected * stakes_N1)


@pytest.mark.parametrize("name", list(CREDITS))
def test_moments_and_critic_survive_a_restart(name):
    asked = asked_about(0.5)
    settings = {"samples": 4, "rounds": 3, "normalise": True}
    through, before = Sampled(name, **settings), Sampled(name, **settings)
    for draw in range(3):
        for each in (through, before):
            each.draw(asked, np.random.default_rng(draw))
    after = Sampled(name, **settings)
    after.restore(json.loads(json.dumps(before.to_json())))
    credits = [each.draw(asked, np.random.default_rng(3))[1] for each in (through, after)]
    assert np.array_equal(*credits)
    assert through.to_json() == after.to_json()
    after.begin_phase(False)
    assert through.to_json() == after.to_json()
    after.begin_phase(True)
    assert after.to_json() == {"moments": [0, 0, 0], "values": {}}
    if name in ("ppo", "rloo"):
        forgetful = Sampled(name, **settings)
        assert not np.array_equal(forgetful.draw(asked, np.random.default_rng(3))[1], credits[0])


def test_the_critic_learns_what_a_history_is_worth():
    asked = replace(asked_about(0.0, beta=0.0), multipliers={})
    each = Sampled("ppo", samples=400, critic_rate=0.1)
    for draw in range(60):
        each.draw(asked, np.random.default_rng(draw))
    p_HA = objective.pooled(np.exp(asked.logp_NA), HISTORY_N, 4)
    worth_H = (p_HA * asked.problem.reward_HA).sum(axis=1) + asked.problem.illegal * (1 - p_HA.sum(axis=1))
    assert [each.value_H[h] for h in range(4)] == pytest.approx(worth_H, abs=0.05)


def test_only_ppo_takes_several_epochs():
    settings = {"samples": 3, "rounds": 2, "clip": 0.1, "epochs": 4, "normalise": True, "temperature": 0.5}
    assert estimator("ppo", **settings) == Sampled("ppo", 3, 2, 0.1, 4, True)
    assert estimator("grpo", **settings) == Sampled("grpo", 3, 2, 0.1, 1, True)
    assert estimator("mirror", **settings) == Mirror(0.5)
    assert estimator("exact", **settings).epochs == 1
