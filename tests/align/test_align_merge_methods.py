"""What each method does to tensors, by property and against plain formulas."""

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.align.merge.combine import METHODS
from lawgiver.align.merge.dare import dare, kept
from lawgiver.align.merge.linear import linear
from lawgiver.align.merge.rules import RULES, MethodName
from lawgiver.align.merge.slerp import slerp
from lawgiver.align.merge.task_arithmetic import task_arithmetic
from lawgiver.align.merge.ties import elected, largest, ties
from lawgiver.outcome import ConfigurationError

SEEDS = st.integers(0, 2**32)
SHARES = st.floats(0, 1, allow_subnormal=False)
WEIGHTS = st.floats(-3, 3, allow_subnormal=False)
DTYPES = st.sampled_from([torch.float32, torch.bfloat16, torch.float16])


def tensors(seed, count, shape=(7, 11), dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator).to(dtype) for _ in range(count)]


def near(one, two, tolerance=1e-5):
    torch.testing.assert_close(one.float(), two.float(), rtol=tolerance, atol=tolerance)


def test_the_two_halves_of_the_registry_agree():
    assert METHODS.keys() == RULES.keys() == set(get_args(MethodName))


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.lists(st.floats(0.01, 3), min_size=1, max_size=4), DTYPES)
def test_merging_a_model_with_itself_is_the_model(seed, weights, dtype):
    base, model = tensors(seed, 2, dtype=dtype)
    same = [model] * len(weights)
    ones = [1.0] * len(weights)
    near(linear(same, weights), model)
    near(task_arithmetic(base, same, weights, normalize=True), model, 1e-4)
    near(ties(base, same, weights, ones), model, 1e-4)
    near(slerp(model, model, 0.3), model)


@settings(deadline=None, max_examples=50)
@given(SEEDS)
def test_either_end_is_the_model_there(seed):
    one, two = tensors(seed, 2)
    for ends in (linear([one, two], [1, 0]), slerp(one, two, 0.0), task_arithmetic(one, [two], [0.0])):
        assert torch.equal(ends, one)
    near(linear([one, two], [0, 1]), two, 0)
    near(slerp(one, two, 1.0), two)
    near(task_arithmetic(one, [two], [1.0]), two)


@settings(deadline=None, max_examples=50)
@given(SEEDS, WEIGHTS, WEIGHTS)
def test_linear_is_linear(seed, first, second):
    one, two = tensors(seed, 2)
    near(linear([one, two], [first, second], normalize=False), first * one + second * two)
    if abs(first + second) > 0.1:
        near(linear([one, two], [first, second]), (first * one + second * two) / (first + second), 1e-4)


def test_weights_that_sum_to_nothing_are_refused():
    one, two = tensors(0, 2)
    with pytest.raises(ConfigurationError, match="sum to 0"):
        linear([one, two], [1, -1])
    with pytest.raises(ConfigurationError, match="sum to 0"):
        task_arithmetic(one, [two], [0.0], normalize=True)


@settings(deadline=None, max_examples=50)
@given(SEEDS, SHARES)
def test_slerp_keeps_to_the_sphere_and_divides_the_angle(seed, t):
    one, two = (x / x.norm() for x in tensors(seed, 2))
    between = slerp(one, two, t)
    assert float(between.norm()) == pytest.approx(1, abs=1e-5)
    whole = math.acos(float((one * two).sum()))
    part = math.acos(min(1.0, float((one * between).sum())))
    assert part == pytest.approx(t * whole, abs=2e-3)


@pytest.mark.parametrize("factor", [2.0, -2.0, 0.0])
def test_slerp_of_colinear_tensors_is_linear(factor):
    [one] = tensors(0, 1)
    near(slerp(one, factor * one, 0.25), (0.75 + 0.25 * factor) * one)


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.lists(WEIGHTS, min_size=1, max_size=3), WEIGHTS)
def test_task_arithmetic_is_its_formula(seed, weights, scale):
    base, *models = tensors(seed, 1 + len(weights))
    wanted = base + scale * sum(weight * (model - base) for weight, model in zip(weights, models, strict=True))
    near(task_arithmetic(base, models, weights, scale=scale), wanted, 1e-4)


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.integers(1, 80), SHARES, DTYPES)
def test_trimming_keeps_exactly_the_largest(seed, size, density, dtype):
    base, model = tensors(seed, 2, (size,), dtype)
    delta = (model.float() - base.float()).abs()
    mask = largest(base, model, density)
    assert int(mask.sum()) == int(density * size)
    if mask.any() and not mask.all():
        assert delta[mask].min() >= delta[~mask].max()


def test_of_equal_differences_the_earlier_are_kept():
    base, model = torch.zeros(8), torch.tensor([1.0, -1, 2, 1, 1, 0, 1, 0])
    assert largest(base, model, 0.5).tolist() == [True, True, True, True, False, False, False, False]
    assert largest(base, model, 7 / 8).tolist() == [True] * 6 + [True, False]


def test_trimming_does_not_notice_where_blocks_end():
    generator = torch.Generator().manual_seed(0)
    base = torch.zeros(3 * 2**18 + 5)
    model = torch.randint(-3, 4, base.shape, generator=generator).float()  # ties everywhere
    mask = largest(base, model, 0.4)
    assert int(mask.sum()) == int(0.4 * base.numel())
    order = sorted(range(base.numel()), key=lambda index: -abs(float(model[index])))  # stable
    assert set(mask.nonzero()[:, 0].tolist()) == set(order[: int(0.4 * base.numel())])


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.lists(st.floats(0.1, 2), min_size=1, max_size=4), SHARES)
def test_ties_is_its_definition_element_by_element(seed, weights, density):
    base, *models = tensors(seed, 1 + len(weights), (5, 6))
    densities = [density] * len(models)
    result = ties(base, models, weights, densities).reshape(-1)
    trimmed = [(model - base).where(largest(base, model, density), 0.0).reshape(-1) for model in models]
    for index in range(base.numel()):
        deltas = [float(delta[index]) for delta in trimmed]
        sign = 1 if sum(w * d for w, d in zip(weights, deltas, strict=True)) >= 0 else -1
        agreeing = [(w, d) for w, d in zip(weights, deltas, strict=True) if d * sign > 0]
        mean = sum(w * d for w, d in agreeing) / sum(w for w, _ in agreeing) if agreeing else 0.0
        assert float(result[index]) == pytest.approx(float(base.reshape(-1)[index]) + mean, abs=1e-4)


@settings(deadline=None, max_examples=50)
@given(SEEDS)
def test_ties_of_one_model_at_density_one_is_the_model(seed):
    base, model = tensors(seed, 2)
    near(ties(base, [model], [0.7], [1.0]), model)
    assert torch.equal(ties(base, [model], [0.7], [0.0]), base)


def test_a_sign_is_elected_by_mass_and_what_disagrees_takes_no_part():
    deltas = [torch.tensor([1.0, 3.0, 0.0]), torch.tensor([-2.0, 1.0, 0.0]), torch.tensor([-0.5, 0.0, 0.0])]
    near(elected(deltas, [1, 1, 1], normalize=True), torch.tensor([-1.25, 2.0, 0.0]))
    near(elected(deltas, [1, 1, 1], normalize=False), torch.tensor([-2.5, 4.0, 0.0]))
    near(elected(deltas, [3, 1, 1], normalize=False), torch.tensor([3.0, 10.0, 0.0]))


@pytest.mark.parametrize("elect", [False, True])
def test_dare_is_right_on_average(elect):
    base, model = tensors(0, 2, (20,))
    runs = [dare(base, [model], [1.0], [0.3], [seed], elect=elect) for seed in range(4000)]
    mean = torch.stack(runs).mean(0)
    # each element is 0 or delta / 0.3, so its mean over 4000 runs deviates by |delta| · sqrt(0.7 / 0.3 / 4000)
    assert ((mean - model).abs() <= 4.5 * (model - base).abs() * math.sqrt(0.7 / 0.3 / 4000) + 1e-6).all()
    plain = dare(base, [model], [1.0], [0.3], [1], elect=elect, rescale=False)
    changed = plain != base
    near(plain[changed], model[changed])


def test_dare_drops_by_its_seed_alone():
    one, two = torch.zeros(1000), torch.ones(1000)
    assert torch.equal(kept(one, 0.5, 7), kept(two, 0.5, 7))
    assert not torch.equal(kept(one, 0.5, 7), kept(one, 0.5, 8))
    assert int(kept(one, 1.0, 7).sum()) == 1000
    assert int(kept(one, 0.0, 7).sum()) == 0
    near(dare(one, [two], [1.0], [1.0], [3], elect=False), two)
    near(dare(one, [two], [1.0], [0.0], [3], elect=True), one)


@settings(deadline=None, max_examples=50)
@given(SEEDS, DTYPES)
def test_tensors_that_are_given_stay_as_they_were(seed, dtype):
    given_ = tensors(seed, 3, dtype=dtype)
    before = [tensor.clone() for tensor in given_]
    base, *models = given_
    linear(given_, [1, 2, 3])
    slerp(base, models[0], 0.5)
    task_arithmetic(base, models, [1, 1])
    ties(base, models, [1, 1], [0.5, 0.5])
    dare(base, models, [1, 1], [0.5, 0.5], [1, 2], elect=True)
    assert all(torch.equal(one, two) for one, two in zip(given_, before, strict=True))
