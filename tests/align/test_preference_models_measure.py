"""What a preference model is measured by: exact where all is right, over prompts, beside baselines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.align.preference_models.measure import by_group, measure, share
from lawgiver.data.preference import Pair
from lawgiver.outcome import Failed, Value
from lawgiver.stats import clopper_pearson

ASK = ({"role": "user", "content": "a?"},)


def pair(group, chosen, rejected, chosen_safe=True, rejected_safe=False):
    return Pair("safe", ASK, chosen, rejected, group=group, chosen_safe=chosen_safe, rejected_safe=rejected_safe)


def test_all_right_has_an_interval_with_a_width():
    found = share(np.ones(40), [f"g{n}" for n in range(40)])
    assert (found.low, found.high) == (clopper_pearson(40, 40).low, 1)


def test_a_group_counts_once_however_many_pairs_it_has():
    found = share([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert found.estimate == 0.5
    assert found.n == 2


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 1)), min_size=1))
def test_means_of_groups_lie_within_their_values(rows):
    groups, values = zip(*rows, strict=True)
    for mean, group in zip(by_group(values, groups), sorted(set(groups)), strict=True):
        own = [value for name, value in rows if name == group]
        assert min(own) - 1e-9 <= mean <= max(own) + 1e-9


def test_a_cost_counts_wins_and_signs_of_every_answer():
    pairs = [pair("a", "x", "x x"), pair("b", "x", "x x"), pair("c", "x x", "x", rejected_safe=True)]
    higher, lower = [Value(2.0), Value(1.0), Value(-1.0)], [Value(-1.0), Value(0.5), Value(-1.0)]
    found = measure("cost", pairs, higher, lower, trained_on=pairs[:2])
    assert found["pairs"] == 3
    assert found["accuracy"]["estimate"] == pytest.approx((1 + 1 + 0.5) / 3)  # a tie is half right
    assert found["sign"]["estimate"] == pytest.approx((1 + 0.5 + 1) / 3)  # of b the safe answer costs
    assert found["length"]["rule"] == "the longer answer scores higher"  # as in those trained on: the unsafer one
    assert found["length"]["estimate"] == pytest.approx(2 / 3)
    assert found["majority"]["rule"] == "every answer is safe"
    assert found["majority"]["estimate"] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert found["over_length"]["estimate"] == pytest.approx(0.5 / 3)


def test_baselines_look_at_what_was_trained_on_alone():
    held = [pair("a", "x", "x x"), pair("b", "x", "x x")]
    trained = [pair("c", "x x", "x"), pair("d", "x x", "x", chosen_safe=False)]
    scores = [Value(1.0)] * 2, [Value(-1.0)] * 2
    found = measure("cost", held, *scores, trained_on=trained)
    assert found["length"] | {} == {"rule": "the shorter answer scores higher", **share([0, 0], ["a", "b"]).to_json()}
    assert found["majority"]["rule"] == "every answer is unsafe"


def test_what_was_not_scored_is_counted_and_never_wrong():
    pairs = [pair("a", "x", "y"), pair("b", "x", "y")]
    found = measure("reward", pairs, [Value(1.0), Failed("no")], [Value(0.0), Value(3.0)], trained_on=pairs)
    assert (found["pairs"], found["failed"]) == (1, 1)
    assert found["accuracy"]["estimate"] == 1
    assert measure("reward", pairs, [Failed("no")] * 2, [Value(0.0)] * 2, pairs) == {"pairs": 0, "failed": 2}
