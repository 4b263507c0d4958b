"""The losses of pairs and of labelled answers: TRL's numbers, theory's optima, gradients, order, extremes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.align.constraint import preference_probability
from lawgiver.align.losses import (
    PairLogps,
    batch_divergence,
    bfpo,
    bfpo_targets,
    can,
    dpo,
    ipo,
    kto,
    mean_of,
    modpo,
    reorder,
    safedpo,
)
from lawgiver.outcome import ConfigurationError

YES, NO = torch.tensor([True]), torch.tensor([False])
FLOATS = st.floats(-50, 50)


def with_gap(gap, **more):
    """One pair whose policy has gone so far from its reference."""
    chosen = torch.tensor([float(gap) - 20.0], dtype=torch.float64, **more)
    return PairLogps(chosen, torch.tensor([-30.0]), torch.tensor([-20.0]), torch.tensor([-30.0]))


LOSSES = {
    "dpo": lambda pairs: dpo(pairs, temperature=0.1),
    "ipo": lambda pairs: ipo(pairs, temperature=0.1),
    "safedpo": lambda pairs: safedpo(pairs, YES, NO, temperature=0.1),
    "modpo": lambda pairs: modpo(
        pairs,
        torch.tensor([[0.5]]).double(),
        temperature=0.1,
        weight=0.5,
        margin_weights_M=torch.tensor([2.0]).double(),
    ),
    "bfpo": lambda pairs: bfpo(pairs, YES, NO, temperature=0.1),
    "can": lambda pairs: can(pairs, torch.tensor([0.9]), temperature=0.1),
}
OPTIMA = {"ipo": 5.0, "bfpo": 10.0, "can": math.log(9) / 0.1}
"""The gap at which a loss with a target is least."""


@pytest.mark.parametrize("name", LOSSES)
@given(near=FLOATS, far=FLOATS)
@settings(max_examples=40)
def test_a_larger_gap_costs_less_up_to_the_target(name, near, far):
    near, far = sorted(min(gap, OPTIMA.get(name, 50.0)) for gap in (near, far))
    losses = [LOSSES[name](with_gap(gap)).item() for gap in (near, far)]
    assert losses[1] <= losses[0] + 1e-6
    if far - near > 0.1 and name not in OPTIMA:
        assert losses[1] < losses[0]


@pytest.mark.parametrize("name", OPTIMA)
def test_past_the_target_it_costs_more_again(name):
    losses = [LOSSES[name](with_gap(OPTIMA[name] + step)).item() for step in (-1.0, 0.0, 1.0)]
    assert losses[1] < min(losses[0], losses[2])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("gap", [-1e6, -1e3, 0.0, 1e3, 1e6])
def test_losses_and_gradients_are_finite_in_the_extremes(name, gap, dtype):
    pairs = with_gap(gap, requires_grad=True)
    loss = LOSSES[name](PairLogps(*(part.to(dtype) for part in pairs))) if name != "modpo" else LOSSES[name](pairs)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(pairs.chosen_B.grad).all()


@pytest.mark.parametrize("name", LOSSES)
@given(shift=FLOATS)
@settings(max_examples=20)
def test_only_the_distance_from_the_reference_counts(name, shift):
    pairs = PairLogps(*torch.tensor([[-3.0], [-4.0], [-5.0], [-7.0]]).double())
    moved = PairLogps(*(part + shift for part in pairs))
    assert LOSSES[name](moved).item() == pytest.approx(LOSSES[name](pairs).item(), rel=1e-9)


def test_dpo_by_hand_and_its_temperature():
    pairs = with_gap(2.0)
    assert dpo(pairs, temperature=0.5).item() == pytest.approx(math.log(1 + math.exp(-1.0)))
    # a step of λ = 4 at β = 0.1 is DPO at 0.025: for the same gap the pull is still there
    weak, strong = (with_gap(5.0, requires_grad=True) for _ in range(2))
    dpo(weak, temperature=0.1).sum().backward()
    dpo(strong, temperature=0.1 / 4).sum().backward()
    assert -strong.chosen_B.grad.item() / (0.1 / 4) > -weak.chosen_B.grad.item() / 0.1


def test_ipo_per_token():
    pairs = PairLogps(*torch.tensor([[-3.0], [-4.0], [-5.0], [-7.0]]))
    given_ = ipo(pairs, temperature=0.5, chosen_tokens_B=torch.tensor([4]), rejected_tokens_B=torch.tensor([3]))
    assert given_.item() == pytest.approx((2 / 4 - 3 / 3 - 1) ** 2)


@given(policy=FLOATS, divergence=st.floats(0, 20), weight=st.floats(0.1, 5))
def test_kto_is_the_value_of_the_distance(policy, divergence, weight):
    policy_B = torch.tensor([policy, policy], dtype=torch.float64)
    losses = kto(
        policy_B, torch.zeros(2), torch.tensor([True, False]), divergence, temperature=0.3, undesirable_weight=weight
    )
    value = 1 / (1 + math.exp(-0.3 * (policy - divergence)))
    assert losses.tolist() == pytest.approx([1 - value, weight * value], abs=1e-12)


def test_ktos_divergence_is_clamped_and_carries_no_gradient():
    policy_B = torch.tensor([-5.0, -6.0], requires_grad=True)
    assert batch_divergence(policy_B, torch.tensor([-4.0, -4.0])).item() == 0
    above = batch_divergence(policy_B, torch.tensor([-7.0, -7.0]))
    assert above.item() == 1.5
    assert not above.requires_grad
    losses = kto(policy_B, torch.full((2,), -1e6), torch.tensor([True, False]), above, temperature=0.1)
    losses.sum().backward()
    assert torch.isfinite(policy_B.grad).all()


def test_safedpo_keeps_swaps_and_drops():
    chosen_safe_B, rejected_safe_B = torch.tensor([1, 1, 0, 0]), torch.tensor([1, 0, 1, 0])
    kept = reorder(chosen_safe_B, rejected_safe_B)
    assert kept.keep_B.tolist() == [True, True, True, False]
    assert kept.swap_B.tolist() == [False, False, True, False]
    pairs = PairLogps(torch.full((4,), 3.0), *torch.zeros(3, 4))
    losses = safedpo(pairs, chosen_safe_B, rejected_safe_B, temperature=0.5, margin=10)
    wanted = [-math.log(1 / (1 + math.exp(-logit))) for logit in (1.5, 1.5 - 10, -1.5 - 10)]
    assert losses.tolist() == pytest.approx(wanted, rel=1e-5)


def test_a_batch_of_unsafe_pairs_teaches_nothing_and_breaks_nothing():
    pairs = with_gap(1.0, requires_grad=True)
    loss = mean_of(safedpo(pairs, NO, NO, temperature=0.1))
    loss.backward()
    assert loss.item() == 0
    assert pairs.chosen_B.grad.item() == 0


def test_modpo_is_least_at_the_optimum_of_the_weighted_sum():
    # the optimum of w r + w_m r_m − τ KL has τ h = w Δr + w_m Δr_m, where the model of preferences reads Δr
    temperature, weight, other = 0.2, 0.7, 1.5
    reward_gap, margin = 0.8, -0.4
    gap = (weight * reward_gap + other * margin) / temperature
    losses = []
    for sign in (1, -1):  # the pair, and the pair turned round
        losses.append(
            modpo(
                with_gap(sign * gap, requires_grad=True),
                torch.tensor([[sign * margin]], dtype=torch.float64),
                temperature=temperature,
                weight=weight,
                margin_weights_M=torch.tensor([other], dtype=torch.float64),
            )
        )
    # labels drawn by Bradley-Terry from Δr: the expected slope vanishes there
    share = 1 / (1 + math.exp(-reward_gap))
    slopes = [math.exp(-loss.item()) - 1 for loss in losses]
    assert share * slopes[0] - (1 - share) * slopes[1] == pytest.approx(0, abs=1e-12)
    with pytest.raises(ConfigurationError, match="shape"):
        modpo(with_gap(0.0), torch.zeros(1, 2), temperature=1, weight=1, margin_weights_M=torch.zeros(1))


def test_modpo_without_margins_is_dpo():
    pairs = with_gap(1.7)
    alone = modpo(
        pairs, torch.zeros(1, 0).double(), temperature=0.3, weight=1.0, margin_weights_M=torch.zeros(0).double()
    )
    assert alone.item() == pytest.approx(dpo(pairs, temperature=0.3).item())


def test_bfpo_ranks_safe_helpful_first_and_unsafe_helpful_last():
    chosen_safe_B, rejected_safe_B = torch.tensor([1, 1, 0, 0]), torch.tensor([0, 1, 0, 1])
    assert bfpo_targets(chosen_safe_B, rejected_safe_B).tolist() == [1.0, 0.5, -0.5, -1.0]
    assert bfpo(with_gap(10.0), YES, NO, temperature=0.1).item() == pytest.approx(0)
    with pytest.raises(ConfigurationError, match="above 1"):
        bfpo_targets(YES, NO, strength=1.0)


@given(reward=st.floats(-3, 3), cost=st.floats(-3, 3), value=st.floats(0, 3))
@settings(max_examples=50)
def test_can_is_least_at_the_log_odds_of_reward_and_constraint(reward, cost, value):
    probability = torch.from_numpy(preference_probability([reward], [cost], [value]))
    pairs = with_gap((reward - value * cost) / 0.2, requires_grad=True)
    can(pairs, probability, temperature=0.2).sum().backward()
    assert pairs.chosen_B.grad.item() == pytest.approx(0, abs=1e-9)


def test_can_with_drawn_labels_is_dpo():
    pairs = with_gap(1.3)
    turned = PairLogps(pairs.rejected_B, pairs.chosen_B, pairs.reference_rejected_B, pairs.reference_chosen_B)
    assert can(pairs, torch.tensor([1.0]), temperature=0.3).item() == pytest.approx(dpo(pairs, temperature=0.3).item())
    assert can(pairs, torch.tensor([0.0]), temperature=0.3).item() == pytest.approx(dpo(turned, temperature=0.3).item())


@pytest.mark.parametrize(
    "loss",
    [
        lambda pairs: dpo(pairs, temperature=0),
        lambda pairs: ipo(pairs, temperature=0),
        lambda pairs: safedpo(pairs, YES, NO, temperature=0),
        lambda pairs: bfpo(pairs, YES, NO, temperature=0),
        lambda pairs: can(pairs, torch.ones(1), temperature=0),
        lambda pairs: modpo(pairs, torch.zeros(1, 0), temperature=0, weight=1.0, margin_weights_M=torch.zeros(0)),
        lambda pairs: kto(pairs.chosen_B, pairs.reference_chosen_B, YES, 0.0, temperature=0),
    ],
)
def test_a_temperature_must_be_positive(loss):
    with pytest.raises(ConfigurationError, match="temperature=0"):
        loss(with_gap(0))


def test_dpo_of_a_table_finds_the_tilted_policy():
    """Gradient descent on the loss, with labels of the true rewards, ends at π_ref e^{r/β}/Z."""
    generator = np.random.default_rng(0)
    reference_Y = torch.log_softmax(torch.from_numpy(generator.normal(size=5)), 0)
    reward_Y = torch.from_numpy(generator.normal(size=5))
    beta = 0.5
    first, second = map(torch.tensor, zip(*[(a, b) for a in range(5) for b in range(5) if a != b], strict=True))
    probability = torch.sigmoid(reward_Y[first] - reward_Y[second])
    logits_Y = reference_Y.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([logits_Y], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-14)

    def closure():
        optimiser.zero_grad()
        policy_Y = torch.log_softmax(logits_Y, 0)
        pairs = PairLogps(policy_Y[first], policy_Y[second], reference_Y[first], reference_Y[second])
        turned = PairLogps(pairs.rejected_B, pairs.chosen_B, pairs.reference_rejected_B, pairs.reference_chosen_B)
        loss = (probability * dpo(pairs, temperature=beta) + (1 - probability) * dpo(turned, temperature=beta)).mean()
        loss.backward()
        return loss

    optimiser.step(closure)
    wanted_Y = torch.softmax(reference_Y + reward_Y / beta, 0)
    torch.testing.assert_close(torch.softmax(logits_Y.detach(), 0), wanted_Y, atol=1e-5, rtol=0)
