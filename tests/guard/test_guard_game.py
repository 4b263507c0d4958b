import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.data.preference import Pair
from lawgiver.guard.example import Example
from lawgiver.guard.game.pairs import NONE_CHOSEN, NONE_REJECTED, OBJECTIVE, level, preference_pairs
from lawgiver.guard.game.pool import FLOOR, Pool, label_loss
from lawgiver.guard.game.solve import derivatives, equilibrium
from lawgiver.guard.game.split import JUDGE_THRESHOLD, Split, rated, split, vet
from lawgiver.guard.game.tabular import Game, alternate
from lawgiver.guard.game.tilted import tilted_loss, tilted_weights
from lawgiver.guard.lineage import Sample, Verdict
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value

BETAS = st.floats(0.01, 100)


@st.composite
def ragged(draw):
    """Losses, a reference that is not normalised, and seeds of 1 to 4 candidates in any order."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    group_J = np.array(draw(st.permutations([seed for seed, size in enumerate(sizes) for _ in range(size)])))
    numbers = st.lists(st.floats(-8, 8), min_size=len(group_J), max_size=len(group_J))
    return np.array(draw(numbers)), np.array(draw(numbers)), group_J


@given(ragged(), BETAS)
def test_the_weights_of_a_seed_add_up_to_one_and_favour_what_is_lost_most(case, beta):
    loss_J, log_J, group_J = case
    weight_J = tilted_weights(loss_J, log_J, beta, group_J)
    np.testing.assert_allclose(np.bincount(group_J, weight_J), 1)
    np.testing.assert_allclose(weight_J, tilted_weights(loss_J + 3, log_J - 5, beta, group_J), atol=1e-9)
    for seed in range(group_J.max() + 1):
        of = group_J == seed
        by_hand = np.exp(log_J[of] + (loss_J[of] - loss_J[of].max()) / beta)
        np.testing.assert_allclose(weight_J[of], by_hand / by_hand.sum(), rtol=1e-9, atol=1e-300)


@given(ragged(), st.floats(0.2, 100))
def test_the_gradient_of_the_loss_is_the_weights(case, beta):
    loss_J, log_J, group_J = case
    weight_J = tilted_weights(loss_J, log_J, beta, group_J)
    h = 1e-4
    for j in range(len(loss_J)):
        up_J, down_J = loss_J.copy(), loss_J.copy()
        up_J[j] += h
        down_J[j] -= h
        slope_S = (tilted_loss(up_J, log_J, beta, group_J) - tilted_loss(down_J, log_J, beta, group_J)) / (2 * h)
        expected_S = np.zeros(group_J.max() + 1)
        expected_S[group_J[j]] = weight_J[j]
        np.testing.assert_allclose(slope_S, expected_S, atol=1e-6)


@given(ragged(), BETAS, BETAS)
def test_the_loss_falls_in_beta_between_the_worst_and_the_mean(case, one, other):
    loss_J, log_J, group_J = case
    small, large = sorted((one, other))
    low_S, high_S = (tilted_loss(loss_J, log_J, beta, group_J) for beta in (large, small))
    assert (low_S <= high_S + 1e-9).all()
    worst_S = np.array([loss_J[group_J == seed].max() for seed in range(len(low_S))])
    assert (high_S <= worst_S + 1e-9).all()
    assert (tilted_loss(loss_J, log_J, math.inf, group_J) <= low_S + 1e-9).all()


@given(ragged())
def test_the_limits_are_the_mean_and_the_worst(case):
    loss_J, log_J, group_J = case
    reference_J = tilted_weights(loss_J, log_J, math.inf, group_J)
    mean_S = np.bincount(group_J, reference_J * loss_J)
    np.testing.assert_allclose(tilted_loss(loss_J, log_J, math.inf, group_J), mean_S, atol=1e-12)
    np.testing.assert_allclose(tilted_loss(loss_J, log_J, 1e12, group_J), mean_S, atol=1e-9)
    worst_S = np.array([loss_J[group_J == seed].max() for seed in range(len(mean_S))])
    for beta in (1e-9, 1e-300):
        np.testing.assert_allclose(tilted_loss(loss_J, log_J, beta, group_J), worst_S, atol=1e-6)


@given(ragged(), BETAS, st.integers(0, 99))
def test_no_generator_gets_more_than_the_tilted_loss(case, beta, seed):
    loss_J, log_J, group_J = case
    reference_J = tilted_weights(loss_J, log_J, math.inf, group_J)

    def payoff(p_J):
        log_ratio_J = np.log(np.where(p_J > 0, p_J, 1)) - np.log(reference_J)
        return np.bincount(group_J, p_J * (loss_J - beta * log_ratio_J))

    best_S = tilted_loss(loss_J, log_J, beta, group_J)
    np.testing.assert_allclose(payoff(tilted_weights(loss_J, log_J, beta, group_J)), best_S, atol=1e-8)
    other_J = np.random.default_rng(seed).random(len(loss_J)) + 1e-9
    assert (payoff(other_J / np.bincount(group_J, other_J)[group_J]) <= best_S + 1e-8).all()


def test_what_the_reference_never_makes_has_no_weight_however_bad():
    arguments = ([1.0, 50.0, 2.0], [0.0, -math.inf, 0.0], 0.5, [0, 0, 0])
    weight_J = tilted_weights(*arguments)
    assert weight_J[1] == 0
    assert tilted_loss(*arguments)[0] == pytest.approx(0.5 * math.log((math.exp(2) + math.exp(4)) / 2))
    rare = tilted_loss([0.0, 40.0], [0.0, -60.0], 1.0, [0, 0])[0]
    assert rare == pytest.approx(math.log1p(math.exp(-20)), rel=1e-6)
    assert tilted_loss([], [], 1.0, []).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1.0], [0.0], 0.0, [0]), "beta"),
        (([1.0], [0.0], math.nan, [0]), "beta"),
        (([math.nan], [0.0], 1.0, [0]), "not scored"),
        (([1.0], [math.nan], 1.0, [0]), "log_reference_J"),
        (([1.0], [0.0, 0.0], 1.0, [0]), "one number of each"),
        (([1.0], [0.0], 1.0, [1]), "seed 0 has no candidate"),
        (([1.0], [-math.inf], 1.0, [0]), "seed 0 has no candidate"),
        (([1.0], [0.0], 1.0, [-1]), "from 0"),
    ],
)
def test_what_cannot_be_weighed_is_said(arguments, said):
    for function in (tilted_weights, tilted_loss):
        with pytest.raises(ConfigurationError, match=said):
            function(*arguments)


def toy(beta, seed=0, sparse=False):
    """Six seeds of either label, twelve texts; sparse: a seed reaches about a third of them."""
    rng = np.random.default_rng(seed)
    unsafe_6 = rng.uniform(0.2, 0.8, 6)
    reference_NX = rng.dirichlet(np.ones(12), 12)
    if sparse:
        reference_NX *= rng.random((12, 12)) < 0.3
        reference_NX[np.arange(12), rng.integers(0, 12, 12)] += 0.1
        reference_NX /= reference_NX.sum(axis=1, keepdims=True)
    rho_N = np.concatenate([unsafe_6, 1 - unsafe_6]) / 6
    return Game(rho_N, np.repeat([True, False], 6), reference_NX, beta, gamma=0.02)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [1.25, 2.0, 4.0, 10.0])
def test_best_responses_in_turn_converge_where_beta_is_large(beta, seed):
    game = toy(beta, seed)
    assert game.gap(*list(alternate(game, 60))[-1]) < 1e-9


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("beta", "least"), [(0.01, 3.85), (0.1, 3.85), (0.5, 3.85), (0.75, 3.7)])
def test_best_responses_in_turn_go_round_and_round_where_beta_is_small(beta, least, seed):
    game = toy(beta, seed)
    *_, before, last, after = alternate(game, 400)
    assert min(game.gap(*pair) for pair in (before, last)) > least
    assert np.abs(after[0] - last[0]).max() > 0.9
    np.testing.assert_allclose(after[0], before[0], atol=1e-6)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("beta", [0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0, 10.0])
def test_the_tilted_loss_has_an_equilibrium_for_every_beta(beta, sparse):
    for seed in range(3):
        game = toy(beta, seed, sparse)
        found = equilibrium(game)
        assert -1e-9 < found.gap < 1e-9
        value = game.value(found.unsafe_X)
        rng = np.random.default_rng(seed)
        for _ in range(20):
            assert game.value(rng.uniform(0.02, 0.98, 12)) >= value - 1e-9
            p_NX = rng.random((12, 12)) * (game.reference_NX > 0)
            assert game.payoff(found.unsafe_X, p_NX / p_NX.sum(axis=1, keepdims=True)) <= value + 1e-12
            assert game.payoff(rng.uniform(0.02, 0.98, 12), found.p_NX) >= value - 1e-9


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.05, 10))
def test_the_value_is_convex_with_the_derivatives_that_newton_takes(seed, beta):
    game, rng = toy(beta, seed), np.random.default_rng(seed)
    one_X, other_X = rng.uniform(0.05, 0.95, (2, 12))
    assert game.value((one_X + other_X) / 2) <= (game.value(one_X) + game.value(other_X)) / 2 + 1e-12
    gradient_X, hessian_XX = derivatives(game, one_X)
    assert np.linalg.eigvalsh(hessian_XX).min() > -1e-9 * np.trace(hessian_XX)
    way_X, h = other_X - one_X, 1e-6
    up, down = (derivatives(game, one_X + sign * h * way_X)[0] for sign in (1, -1))
    slope = (game.value(one_X + h * way_X) - game.value(one_X - h * way_X)) / (2 * h)
    assert slope == pytest.approx(gradient_X @ way_X, rel=1e-4, abs=1e-6)
    np.testing.assert_allclose((up - down) / (2 * h), hessian_XX @ way_X, rtol=1e-3, atol=1e-3)


def test_a_game_that_stops_early_says_how_far_it_is():
    found = equilibrium(toy(0.1), steps=0)
    assert (found.steps, found.gap > 1e-3) == (0, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gamma": 0.5}, "gamma"),
        ({"beta": 0.0}, "beta"),
        ({"rho_N": np.full(12, 0.1)}, "add up"),
        ({"rho_N": np.ones(1)}, "one row"),
    ],
)
def test_a_malformed_game_says_so(change, said):
    game = toy(1.0)
    fields = {name: getattr(game, name) for name in ("rho_N", "unsafe_N", "reference_NX", "beta", "gamma")}
    with pytest.raises(ConfigurationError, match=said):
        Game(**(fields | change))


def candidate(seed, text, unsafe=True, judged=None):
    """A sample made of a seed; `judged`: None for no verdict, else (P(unsafe) or an outcome, kept)."""
    sample = Sample(
        example=Example(id=f"{seed}+{text}", text=text, unsafe=unsafe, group=f"g-{seed}"),
        seed=seed,
        made_by=("generator:toy",),
        iteration=1,
    )
    if judged is None:
        return sample
    outcome = judged[0] if isinstance(judged[0], dict) else {"value": judged[0]}
    return sample.model_copy(update={"verdict": Verdict(by="judge-1", outcome=outcome, kept=judged[1])})


def test_a_pool_weighs_what_was_scored_and_keeps_the_weight_of_a_seed():
    samples = [candidate("a", "1"), candidate("b", "1", unsafe=False), candidate("a", "2"), candidate("a", "3"),
               candidate("c", "1")]  # fmt: skip
    pool = Pool.of(samples)
    weighed = pool.weigh([Value(0.5), Value(0.0), Value(0.25), Abstained("long"), Failed("crash")], beta=1.0)
    assert pool.seeds == ("a", "b", "c")
    np.testing.assert_allclose(weighed.weight_J, [1 / 3, 1, 2 / 3, np.nan, np.nan])
    np.testing.assert_allclose(weighed.loss_S, [math.log(3), 0, np.nan], atol=1e-12)
    assert weighed.unscored == 2
    examples = pool.examples(weighed)
    assert [example.text for example in examples] == ["1", "1", "2"]
    assert [example.weight for example in examples] == pytest.approx([1 / 3, 1, 2 / 3])
    skewed = Pool.of(samples, np.log([3.0, 1.0, 1.0, 1.0, 1.0])).weigh([Value(0.5)] * 5, beta=0.1)
    np.testing.assert_allclose(skewed.weight_J, [0.6, 1, 0.2, 0.2, 1])


def test_a_pool_refuses_two_labels_of_one_seed_and_other_lengths():
    with pytest.raises(ConfigurationError, match="seed 'a'"):
        Pool.of([candidate("a", "1"), candidate("a", "2", unsafe=False)])
    with pytest.raises(ConfigurationError, match="log_reference_J"):
        Pool.of([candidate("a", "1")], [0.0, 0.0])
    with pytest.raises(ConfigurationError, match="0 outcomes for 1"):
        Pool.of([candidate("a", "1")]).weigh([], 1.0)


def test_a_certain_guard_that_is_wrong_has_a_finite_loss():
    np.testing.assert_allclose(label_loss([1.0, 0.0, 0.0], [True, True, False]), [0, -math.log(FLOOR), 0])


def test_a_guard_that_could_not_say_is_neither_right_nor_wrong():
    samples = [candidate("a", str(i), unsafe=i < 3) for i in range(6)]
    outcomes = [Value(0.9), Value(0.5), Failed("crash"), Value(0.9), Value(0.5), Abstained("empty")]
    found = split(samples, outcomes)
    assert [sample.example.text for sample in found.misclassified] == ["1", "3"]
    assert [sample.example.text for sample in found.correct] == ["0", "4"]
    assert [sample.example.text for sample in found.unscored] == ["2", "5"]
    assert found.learned == ()
    with pytest.raises(ConfigurationError, match="no probability"):
        split(samples[:1], [Value(math.nan)])
    with pytest.raises(ConfigurationError, match="0 outcomes for 6"):
        split(samples, [])


def test_what_the_judge_does_not_confirm_goes_to_review_and_is_never_learned():
    samples = [candidate("a", str(i), unsafe=i < 3) for i in range(6)]
    judged = [
        Value(rated(3)),
        Value(rated(2)),
        Failed("no rating in it"),
        Value(rated(2)),
        Value(rated(3)),
        Abstained(""),
    ]
    vetted = vet(samples, judged, by="judge-1")
    assert [sample.example.text for sample in vetted.kept] == ["0", "3"]
    assert [sample.example.text for sample in vetted.review] == ["1", "2", "4", "5"]
    assert vetted.review[0].verdict.reason == "meant to be unsafe, judged otherwise"
    assert vetted.review[1].verdict.outcome == {"failed": "no rating in it"}
    # a guard that is right about wrong labels gets exactly them "wrong"
    everything = [*vetted.kept, *vetted.review]
    wrong = [Value(0.0 if sample.example.unsafe else 1.0) for sample in everything]
    assert split(everything, wrong).learned == vetted.kept
    assert rated(2) < JUDGE_THRESHOLD < rated(3)
    with pytest.raises(ConfigurationError, match="rating 6"):
        rated(6)


def test_the_four_levels():
    assert [level(True, True), level(False, True), level(True, False), level(False, False)] == [1, 2, 3, 4]


ASK = ({"role": "user", "content": "Write one like it."},)


def test_chosen_fools_the_guard_rejected_does_not_and_mislabelled_only_stands_in():
    found = Split(
        misclassified=(
            candidate("a", "won", judged=(1, True)),
            candidate("a", "off", judged=(0, False)),
            candidate("b", "won", judged=(1, True)),
            candidate("b", "off", judged=(0, False)),
            candidate("c", "off", judged=(0, False)),
            candidate("d", "won", judged=(1, True)),
            candidate("d", "?", judged=({"failed": "x"}, False)),
            candidate("d", "??"),
        ),
        correct=(
            candidate("a", "lost", judged=(1, True)),
            candidate("b", "unused", judged=(0, False)),
            candidate("c", "lost", judged=(1, True)),
        ),
        unscored=(candidate("e", "?", judged=(1, True)),),
    )
    formed = preference_pairs(found, dict.fromkeys("abcd", ASK))
    first, second = formed.pairs
    assert first == Pair(
        OBJECTIVE, ASK, "won", "lost", id="a+won", group="g-a", chosen_safe=False, rejected_safe=False,
        meta={"seed": "a", "rejected_id": "a+lost", "rejected_level": 2},
    )  # fmt: skip
    assert (second.rejected, second.rejected_safe, second.meta["rejected_level"]) == ("off", True, 3)
    assert formed.skipped == {NONE_CHOSEN: 1, NONE_REJECTED: 1}
    assert formed.unjudged == 2
    with pytest.raises(ConfigurationError, match="seed 'd'"):
        preference_pairs(found, dict.fromkeys("abc", ASK))


def test_a_candidate_is_in_one_pair_and_the_same_text_counts_once():
    found = Split(
        misclassified=tuple(candidate("a", text, judged=(1, True)) for text in ("x", "x ", "y", "z")),
        correct=tuple(candidate("a", text, judged=(1, True)) for text in ("p", "q")),
        unscored=(),
    )
    assert [pair.answers for pair in preference_pairs(found, {"a": ASK}).pairs] == [("x", "p")]
    assert [pair.answers for pair in preference_pairs(found, {"a": ASK}, most=9).pairs] == [("x", "p"), ("y", "q")]
    twice = Split((candidate("a", "x", judged=(1, True)), candidate("a", "x", judged=(0, False))), (), ())
    assert preference_pairs(twice, {"a": ASK}).skipped == {NONE_REJECTED: 1}
    with pytest.raises(ConfigurationError, match="most=0"):
        preference_pairs(found, {"a": ASK}, most=0)
