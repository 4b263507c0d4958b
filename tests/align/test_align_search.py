"""The search for λ on simulated trainings: smooth, noisy, non-monotone, jumping and out of reach."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lawgiver.align.constraint import (
    Measurement,
    SearchSettings,
    Status,
    Step,
    Trace,
    propose,
    read_trace,
    search,
)
from lawgiver.outcome import ConfigurationError
from lawgiver.stats import Interval

LOOSE = SearchSettings(tolerance=0.03)


def logistic(middle=1.0, width=0.8, top=0.6, floor=0.02):
    """Cost as a function of λ: falls from top to floor around the middle."""
    return lambda value: floor + (top - floor) / (1 + (value / middle) ** (1 / width))


class Trainings:
    """Stands for the trainings: a curve, some noise, and a record of what was asked."""

    def __init__(self, curve, noise=0.0, half_width=0.05, seed=0):
        self.curve, self.noise, self.half_width = curve, noise, half_width
        self.generator = np.random.default_rng(seed)
        self.asked, self.warm = [], []

    def __call__(self, value, warm_start):
        self.asked.append(value)
        self.warm.append(warm_start)
        cost = self.curve(value) + self.generator.normal(scale=self.noise) if self.noise else self.curve(value)
        interval = Interval(cost, cost - self.half_width, cost + self.half_width, 100, 0.95, "bca")
        return Measurement(interval, run=f"run-{len(self.asked)}")


def trace(threshold=0.1, beta=0.1):
    return Trace(threshold=threshold, beta=beta)


def a_step(value, cost, half=0.01, **more):
    fields = {"temperature": 0.1 / value, "decision": "start", "reason": "", "low": cost - half, "high": cost + half}
    return Step(multiplier=value, cost=cost, **(fields | more))


def exact_multiplier(middle, width, threshold):
    """Where the curve crosses the budget."""
    return middle * ((0.6 - 0.02) / (threshold - 0.02) - 1) ** width


def searched_after_a_dual_that_is_off(middle, width, factor, threshold, noise=0.0, seed=0):
    """A dual whose curve has the shape of the trainings' and is shifted by a factor on λ."""
    curve = logistic(middle, width)
    exact = exact_multiplier(middle, width, threshold)
    slope = (curve(exact * 1.01) - curve(exact)) / math.log(1.01)
    measure = Trainings(curve, noise, seed=seed)
    return search(measure, trace(threshold), LOOSE, start=exact * factor, slope=slope)


@given(
    middle=st.floats(0.3, 6),
    width=st.floats(0.4, 1.2),
    factor=st.floats(0.5, 2.0),
    threshold=st.floats(0.1, 0.4),
)
@settings(max_examples=200)
def test_three_trainings_always_keep_the_budget_where_the_dual_is_off_by_two(middle, width, factor, threshold):
    assume(exact_multiplier(middle, width, threshold) <= LOOSE.maximum)
    ended, done = searched_after_a_dual_that_is_off(middle, width, factor, threshold)
    assert len(done.steps) <= 3
    assert threshold - 0.1 <= ended.step.cost <= threshold


def test_the_largest_multiplier_is_trained_with_once():
    ended, done = searched_after_a_dual_that_is_off(6.0, 1.1875, 1.0, 0.1015625)
    assert exact_multiplier(6.0, 1.1875, 0.1015625) > LOOSE.maximum
    assert ended.status is Status.UNREACHABLE
    assert [step.multiplier for step in done.steps] == [LOOSE.maximum]


@pytest.mark.parametrize(("noise", "within"), [(0.0, 0.95), (0.01, 0.75)])
def test_three_trainings_nearly_always_come_within_tolerance(noise, within):
    generator = np.random.default_rng(0)
    found, kept = [], []
    for seed in range(500):
        middle, width, threshold = generator.uniform([0.3, 0.4, 0.1], [6, 1.2, 0.4])
        factor = math.exp(generator.uniform(-0.7, 0.7))
        ended, _ = searched_after_a_dual_that_is_off(middle, width, factor, threshold, noise, seed)
        found.append(ended.status is Status.FOUND)
        kept.append(ended.step is not None)
    assert np.mean(found) >= within
    assert np.mean(kept) >= 0.99


@given(
    curve=st.one_of(
        st.builds(logistic, st.floats(0.01, 100), st.floats(0.05, 3), st.floats(0.0, 1), st.floats(-0.2, 0.5)),
        st.lists(st.floats(0, 1), min_size=8, max_size=8).map(
            lambda levels: lambda value: levels[int(math.log(value) * 3) % 8]  # anything at all
        ),
    ),
    noise=st.sampled_from([0.0, 0.02, 0.3]),
    start=st.floats(1e-4, 1e4),
    slope=st.one_of(st.none(), st.floats(-10, 10)),
    before=st.one_of(st.none(), st.floats(-1, 2)),
    trainings=st.integers(1, 8),
    by=st.sampled_from(["estimate", "upper"]),
    seed=st.integers(0, 100),
)
@settings(max_examples=300)
def test_whatever_the_curve_it_stays_in_range_ends_and_never_praises_a_broken_budget(
    curve, noise, start, slope, before, trainings, by, seed
):
    limits = SearchSettings(trainings=trainings, minimum=0.1, maximum=20.0, by=by)
    measure = Trainings(curve, noise, seed=seed)
    told = []
    ended, done = search(measure, trace(), limits, start=start, slope=slope, before=before, on_step=told.append)
    assert 1 <= len(measure.asked) <= trainings
    assert all(0.1 <= value <= 20.0 for value in measure.asked)
    assert [step.multiplier for step in done.steps] == measure.asked
    assert [len(so_far.steps) for so_far in told] == list(range(1, len(measure.asked) + 1))
    kept = [step for step in done.steps if limits.read(step) <= 0.1]
    assert (ended.step is None) == (not kept)
    if ended.step is not None:
        assert ended.step in kept
    if ended.status is Status.FOUND:
        assert any(0.1 - limits.tolerance <= limits.read(step) <= 0.1 for step in done.steps)
    for step in done.steps:
        assert step.temperature == pytest.approx(0.1 / step.multiplier)


@given(middle=st.floats(0.3, 8), start=st.floats(0.1, 20), stop=st.integers(1, 5), seed=st.integers(0, 50))
@settings(max_examples=60)
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(middle, start, stop, seed):
    limits = SearchSettings(trainings=6, tolerance=0.005)
    noise = np.random.default_rng(seed).normal(scale=0.01, size=10)
    smooth = logistic(middle)

    def measured(value, warm_start):  # noise by λ, so that the same training repeats itself
        cost = smooth(value) + noise[int(value * 1e6) % 10]
        return Measurement(Interval(cost, cost - 0.05, cost + 0.05, 100, 0.95, "bca"), f"{value:.6f}")

    whole = search(measured, trace(), limits, start=start)
    cut = Trace.model_validate_json(json.dumps(trace().model_copy(update={"steps": whole[1].steps[:stop]}).to_json()))
    again = search(measured, cut, limits, start=start)
    assert again == whole


def test_each_training_starts_from_the_nearest_weights():
    measure = Trainings(logistic(3.0, 0.3))
    _, done = search(measure, trace(), SearchSettings(trainings=4, tolerance=1e-4), start=1.0)
    assert measure.warm[0] is None
    for number, warm in enumerate(measure.warm[1:], 1):
        gaps = [abs(math.log(step.multiplier / measure.asked[number])) for step in done.steps[:number]]
        assert warm == done.steps[int(np.argmin(gaps))]


def test_out_of_reach_is_said_at_the_largest_lambda():
    ended, done = search(Trainings(lambda value: 0.4), trace(), SearchSettings(trainings=20, maximum=30), start=1.0)
    assert ended.status is Status.UNREACHABLE
    assert ended.step is None
    assert done.steps[-1].multiplier == 30
    assert "no training kept the budget" in ended.message


def test_kept_with_room_at_the_smallest_lambda_needs_no_more():
    ended, done = search(Trainings(lambda value: 0.0), trace(), SearchSettings(trainings=20, minimum=0.2), start=1.0)
    assert ended.status is Status.SLACK
    assert ended.step == done.steps[-1]
    assert ended.step.multiplier == 0.2


def test_a_curve_that_rises_past_its_intervals_ends_the_search():
    rising = Trainings(lambda value: 0.2 + 0.3 * value, half_width=0.001)
    ended, done = search(rising, trace(), SearchSettings(trainings=9), start=0.5)
    assert ended.status is Status.NOT_MONOTONE
    assert len(done.steps) == 2
    # the same within the noise is no ground to stop
    noisy = Trainings(lambda value: 0.2 + 0.01 * math.log(value + 1), half_width=0.2)
    assert search(noisy, trace(), SearchSettings(trainings=5, maximum=1e6), start=0.5)[0].status is Status.SPENT


def test_a_jump_across_the_budget_is_narrowed_and_then_named():
    jump = Trainings(lambda value: 0.5 if value < 2.345 else 0.0)
    ended, done = search(jump, trace(), SearchSettings(trainings=30), start=1.0)
    assert ended.status is Status.RESOLVED
    assert 2.345 <= ended.step.multiplier < 2.345 * 1.03
    assert len(done.steps) < 30


def test_by_upper_asks_the_interval_to_be_within_budget():
    limits = SearchSettings(trainings=12, by="upper", tolerance=0.01)
    ended, _ = search(Trainings(logistic(), half_width=0.05), trace(0.3), limits, start=1.0)
    assert ended.status is Status.FOUND
    assert 0.29 <= ended.step.high <= 0.3


def test_a_lucky_small_lambda_is_not_preferred_to_one_above_all_that_failed():
    so_far = trace().model_copy(update={"steps": (a_step(1.0, 0.05), a_step(2.0, 0.15, 0.2), a_step(4.0, 0.04))})
    ended, _ = search(Trainings(logistic()), so_far, SearchSettings(trainings=3), start=1.0)
    assert ended.status is Status.SPENT
    assert ended.step.multiplier == 4.0


def test_the_first_correction_follows_the_duals_slope():
    so_far = trace().add(a_step(1.0, 0.25))
    limits = SearchSettings(tolerance=0.02)
    proposal = propose(so_far, limits, start=1.0, slope=-0.2)
    assert proposal.decision == "newton"
    assert math.log(proposal.multiplier) == pytest.approx((0.25 - 0.09) / 0.2)
    assert propose(so_far, limits, start=1.0).multiplier == pytest.approx(3.0)  # no slope: the fixed factor
    assert propose(so_far, limits, start=1.0, slope=+0.2).decision == "stride"  # nor one of the wrong sign
    assert propose(so_far, limits, start=1.0, slope=-1e-9).multiplier == pytest.approx(9.0)  # never too far


def test_a_training_that_did_little_is_followed_by_one_at_a_much_larger_lambda():
    limits = SearchSettings(tolerance=0.02)

    def after(cost):
        return propose(trace().add(a_step(1.0, cost)), limits, start=1.0, slope=-0.2, before=0.6)

    # at least 0.04 of the 0.51 that are needed, for the interval ends at 0.56; the dual's slope alone would say 9
    assert after(0.55).decision == "proportion"
    assert after(0.55).multiplier == pytest.approx((0.6 - 0.09) / 0.04)
    assert after(0.595).multiplier == pytest.approx(27.0)  # a fall within the noise
    assert after(0.15).decision == "newton"  # the dual was about right
    assert after(0.61).multiplier == pytest.approx(27.0)  # nothing at all was done, but three strides are enough
    assert after(0.0).multiplier < 1.0  # and what was too much is taken back


@pytest.mark.parametrize(("cost", "share"), [(0.5, 0.9), (0.1001, 0.1)])
def test_a_split_stays_away_from_the_ends_of_the_bracket(cost, share):
    below, above = a_step(1.0, cost), a_step(4.0, 0.05 if cost > 0.4 else -9.0)
    tight = SearchSettings(tolerance=1e-4)
    proposal = propose(trace(0.1 if cost < 0.4 else 0.0501).add(below).add(above), tight, start=1.0)
    assert proposal.decision == "inside"
    assert math.log(proposal.multiplier) == pytest.approx(share * math.log(4.0))


def test_a_trace_comes_back_from_its_file(tmp_path):
    whole = trace().add(a_step(1.0, 0.25, run="runs/a")).add(a_step(3.0, 0.09))
    whole.write(tmp_path / "trace.json")
    assert read_trace(tmp_path / "trace.json") == whole


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{}", "threshold"),
        ("nonsense", "JSON"),
        ('{"threshold": 0.1, "beta": 0.1, "steps": [{"multiplier": -1}]}', "multiplier"),
        ('{"threshold": 0.1, "beta": 0.1, "extra": 1}', "unknown key"),
        ('{"threshold": NaN, "beta": 0.1}', "threshold"),
        (" " * (1 << 20) + "{}", "larger"),
    ],
)
def test_a_broken_trace_is_refused_by_name(tmp_path, text, word):
    (tmp_path / "trace.json").write_text(text)
    with pytest.raises(ConfigurationError, match=rf"trace\.json.*{word}"):
        read_trace(tmp_path / "trace.json")


def test_bad_arguments_are_refused():
    with pytest.raises(ConfigurationError, match="start"):
        search(Trainings(logistic()), trace(), LOOSE, start=0.0)
    with pytest.raises(ConfigurationError, match="nan"):
        search(Trainings(lambda value: math.nan), trace(), LOOSE, start=1.0)
    with pytest.raises(ValidationError, match="above maximum"):
        SearchSettings(minimum=2, maximum=1)
    with pytest.raises(ValidationError, match="does not hold"):
        a_step(1.0, 0.5, low=0.6)
