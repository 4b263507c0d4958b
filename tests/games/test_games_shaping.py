from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from lawgiver.games.shaping import Match, learn, lola, naive

PD = np.array([[3, 0], [4, 1.0]])


def iterated(own_AB, other_AB, start_H, gamma=0.96):
    histories = own_AB.size
    return Match(np.tile(own_AB, (histories, 1, 1)), np.tile(other_AB, (histories, 1, 1)), start_H, gamma)


def asymmetric(seed):
    rng = np.random.default_rng(seed)
    match = Match(rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 2, 3)), rng.dirichlet(np.ones(6)), 0.9)
    return match, rng.normal(size=(6, 2)), rng.normal(size=(6, 3))


def finite(function, at, epsilon=1e-5):
    gradient = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        bump = np.zeros_like(at)
        bump[index] = epsilon
        gradient[index] = (function(at + bump) - function(at - bump)) / (2 * epsilon)
    return gradient


def test_the_second_player_sees_the_same_match():
    match, own, other = asymmetric(0)
    assert match.swapped.values(other, own)[::-1] == pytest.approx(match.values(own, other))
    again = match.swapped.swapped
    assert np.array_equal(again.own_HAB, match.own_HAB)
    assert np.array_equal(again.start_H, match.start_H)


def test_naive_learners_follow_their_own_value():
    match, own, other = asymmetric(1)
    scale = 1 - match.gamma
    assert np.allclose(scale * naive(match, own, other), finite(lambda x: match.values(x, other)[0], own), atol=1e-6)
    theirs = scale * naive(match.swapped, other, own)
    assert np.allclose(theirs, finite(lambda x: match.values(own, x)[1], other), atol=1e-6)


def test_shaping_is_the_gradient_of_what_the_others_step_will_bring():
    match, own, other = asymmetric(2)
    lookahead = 0.4
    worth = match.swapped.gradient(match.swapped.other_HAB, other, own)  # of the own value, in the other's logits

    def shaped(x):
        step = naive(match.swapped, other, x)
        return match.values(x, other)[0] / (1 - match.gamma) + lookahead * float((worth * step).sum())

    assert np.allclose(lola(lookahead)(match, own, other), finite(shaped, own), rtol=1e-5, atol=1e-5)
    assert np.array_equal(lola(0.0)(match, own, other), naive(match, own, other))


def test_shaping_learns_reciprocity_where_naive_learners_defect():
    match = iterated(PD, PD.T, np.eye(4)[0])
    for seed in range(5):
        first, second = 0.1 * np.random.default_rng(seed).normal(size=(2, 4, 2))
        selfish, _, selfish_values = learn(match, first, second, (naive, naive), 150, 0.3)
        shaper, other, values = learn(match, first, second, (lola(0.3), lola(0.3)), 150, 0.3)
        assert selfish_values.shape == (151, 2)
        assert softmax(selfish, axis=1)[3, 0] < 0.05
        assert selfish_values[-1].max() < 1.1
        assert values[-1].min() > 2.9
        for cooperation_S in (softmax(shaper, axis=1)[:, 0], softmax(other, axis=1)[:, 0]):
            assert cooperation_S.round().tolist() == [1, 0, 1, 0]  # tit for tat
