import json
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.outcome import Abstained, ConfigurationError, Value
from lawgiver.stats import (
    bootstrap_mean,
    compare_paired,
    pair,
    paired_difference,
    relative_gain,
    sign_flip_test,
)

DIFFERENCES = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=10)


def test_each_prompt_counts_once_and_unscored_sides_drop_the_pair():
    nan = math.nan
    sample = pair(
        [0.0, 1.0, 0.5, nan, 0.2, nan],
        [1.0, 1.0, 0.7, 0.9, nan, nan],
        ["a", "a", "b", "b", "c", "c"],
    )
    assert sample.before_C == pytest.approx([0.5, 0.5])
    assert sample.after_C == pytest.approx([1.0, 0.7])
    assert sample.difference_C == pytest.approx([0.5, 0.2])
    assert (sample.pairs, sample.dropped) == (3, 3)


def test_difference_is_the_bootstrap_of_cluster_means():
    generator = np.random.default_rng(0)
    before, after = generator.random(120), generator.random(120)
    prompts = [f"p{i // 3}" for i in range(120)]
    sample = pair(before, after, prompts)
    expected = bootstrap_mean((after - before).reshape(40, 3).mean(1), seed=4)
    got = paired_difference(sample, seed=4)
    assert (got.estimate, got.low, got.high) == pytest.approx((expected.estimate, expected.low, expected.high))
    assert got.n == 40


def test_copies_of_a_row_do_not_narrow_the_interval():
    generator = np.random.default_rng(0)
    before, after = generator.random(30), generator.random(30)
    once = compare_paired(before, after, range(30), seed=1)
    copied = compare_paired(np.repeat(before, 4), np.repeat(after, 4), np.repeat(range(30), 4).tolist(), seed=1)
    assert copied.difference.low == pytest.approx(once.difference.low)
    assert copied.difference.high == pytest.approx(once.difference.high)
    assert copied.test.p_value == once.test.p_value
    assert (once.pairs, copied.pairs) == (30, 120)


def test_relative_gain_agrees_with_scipy():
    generator = np.random.default_rng(0)
    before = np.sort(generator.uniform(0.2, 1, size=50))
    after = before + generator.normal(0.1, 0.1, size=50)
    got = relative_gain(pair(before, after, range(50)), seed=3, resamples=2_000)
    theirs = scipy.stats.bootstrap(
        (before, after),
        lambda b, a, axis: a.mean(axis) / b.mean(axis) - 1,
        n_resamples=2_000,
        paired=True,
        method="BCa",
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert isinstance(got, Value)
    assert (got.value.low, got.value.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    assert got.value.estimate == pytest.approx(after.mean() / before.mean() - 1)


def test_relative_gain_keeps_its_sign_on_a_negative_scale():
    worse = relative_gain(pair([-1.0, -1.1, -0.9], [-2.0, -2.1, -1.9], "abc"), seed=0, resamples=200)
    assert isinstance(worse, Value)
    assert worse.value.high < 0


@pytest.mark.parametrize("before", [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 1.0, 0.5]])
def test_relative_gain_abstains_near_zero(before):
    assert isinstance(relative_gain(pair(before, [1.0, 0.5, 0.2], "abc"), seed=0), Abstained)


@settings(max_examples=60)
@given(DIFFERENCES.filter(lambda d: len(d) > 1))
def test_exact_sign_flips_agree_with_scipy(differences):
    theirs = scipy.stats.permutation_test(
        (differences,),
        lambda d, axis: np.abs(d.mean(axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=math.inf,
    )
    result = sign_flip_test(differences, seed=0)
    assert result.p_value == pytest.approx(theirs.pvalue)
    assert (result.exact, result.flips) == (True, 2 ** len(differences))


def test_drawn_sign_flips_agree_with_a_t_test_and_are_never_zero():
    values = np.random.default_rng(3).normal(0.15, 1, size=300)
    result = sign_flip_test(values, seed=0, flips=20_000)
    assert not result.exact
    assert result.p_value == pytest.approx(scipy.stats.ttest_1samp(values, 0).pvalue, abs=0.02)
    assert sign_flip_test(np.ones(100), seed=0, flips=999).p_value == 1 / 1000


@settings(max_examples=60)
@given(DIFFERENCES, st.floats(0.01, 100), st.randoms())
def test_sign_flip_p_ignores_order_unit_and_direction(differences, scale, random):
    shuffled = [-d * scale for d in differences]
    random.shuffle(shuffled)
    assert sign_flip_test(shuffled, seed=0).p_value == sign_flip_test(differences, seed=0).p_value


def test_no_difference_has_p_1():
    assert sign_flip_test([0.0] * 5, seed=0).p_value == 1.0
    assert sign_flip_test([0.0] * 50, seed=0).p_value == 1.0


def test_sign_flip_rejects_a_true_null_about_as_often_as_it_says():
    generator = np.random.default_rng(8)
    p_values = [sign_flip_test(generator.normal(size=10), seed=0).p_value for _ in range(500)]
    assert 0.05 <= np.mean(np.array(p_values) <= 0.1) <= 0.15


def test_sixteen_clusters_are_exact_and_seventeen_are_drawn():
    assert sign_flip_test(np.arange(16.0), seed=0).exact
    assert not sign_flip_test(np.arange(17.0), seed=0, flips=10).exact


def test_comparison_is_json_and_says_what_was_dropped():
    nan = math.nan
    result = compare_paired([0.2, 0.4, nan], [0.5, 0.6, 1.0], "abc", seed=0)
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert document["dropped"] == 1
    assert document["test"] == "sign_flip_exact"
    assert document["relative"]["value"]["estimate"] == pytest.approx(0.25 / 0.3)
    assert document["before"] == pytest.approx(0.3)
    abstained = compare_paired([0.0, 0.0], [0.5, 0.6], "ab", seed=0).to_json()
    assert set(abstained["relative"]) == {"abstained"}


@pytest.mark.parametrize(
    ("before", "after", "prompts"),
    [
        ([], [], []),
        ([math.nan], [1.0], ["a"]),
        ([math.inf], [1.0], ["a"]),
        ([1.0, 2.0], [1.0], ["a", "b"]),
        ([1.0], [1.0], ["a", "b"]),
    ],
)
def test_refuses_what_cannot_be_paired(before, after, prompts):
    with pytest.raises(ConfigurationError):
        pair(before, after, prompts)


def test_refuses_differences_it_cannot_flip():
    for differences, flips in (([], 10), ([math.nan], 10), ([1.0], 0)):
        with pytest.raises(ConfigurationError):
            sign_flip_test(differences, seed=0, flips=flips)
