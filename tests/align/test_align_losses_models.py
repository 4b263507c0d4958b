"""Losses of reward and cost models: the optimum, the anchor at 0, and what tokens count."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.align.losses import cost_loss, differing, hold_last, reward_loss

SAFE, UNSAFE = torch.tensor([True]), torch.tensor([False])


def softplus(x):
    return math.log1p(math.exp(-abs(x))) + max(x, 0)


@given(better=st.floats(-20, 20), worse=st.floats(-20, 20))
def test_the_reward_loss_by_hand(better, worse):
    loss = reward_loss(torch.tensor([better]).double(), torch.tensor([worse]).double())
    assert loss.item() == pytest.approx(softplus(worse - better) + 1e-3 * (better**2 + worse**2) / 2)


@given(unsafer=st.floats(-20, 20), safer=st.floats(-20, 20), first=st.booleans(), second=st.booleans())
def test_the_cost_loss_by_hand(unsafer, safer, first, second):
    loss = cost_loss(
        torch.tensor([unsafer]).double(), torch.tensor([safer]).double(), torch.tensor([first]), torch.tensor([second])
    )
    signs = [-1 if safe else 1 for safe in (first, second)]
    wanted = softplus(safer - unsafer) + softplus(-signs[0] * unsafer) + softplus(-signs[1] * safer)
    assert loss.item() == pytest.approx(wanted + 1e-3 * (unsafer**2 + safer**2) / 2)


def test_the_anchor_finds_the_zero_that_differences_leave_free():
    """From costs that are all shifted by a constant, the loss finds unsafe > 0 > safe; without labels it could not."""
    costs = torch.tensor([7.0, 6.0], requires_grad=True)
    optimiser = torch.optim.Adam([costs], lr=0.1)
    for _ in range(300):
        optimiser.zero_grad()
        cost_loss(costs[:1], costs[1:], UNSAFE, SAFE).sum().backward()
        optimiser.step()
    assert costs[0] > 1
    assert costs[1] < -1
    plain = torch.tensor([7.0, 6.0], requires_grad=True)
    reward_loss(plain[:1], plain[1:], regularisation=0).sum().backward()
    assert plain.grad.sum().item() == pytest.approx(0)  # a shift changes nothing


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_gradients_are_finite_in_the_extremes(size):
    scores = torch.tensor([size, -size], requires_grad=True)
    (reward_loss(scores[:1], scores[1:]) + cost_loss(scores[:1], scores[1:], SAFE, UNSAFE)).sum().backward()
    assert torch.isfinite(scores.grad).all()


def test_tokens_count_from_the_first_difference_to_the_longer_end():
    better = torch.tensor([[5, 6, 7, 8, 0, 0], [5, 6, 7, 0, 0, 0]])
    worse = torch.tensor([[5, 6, 9, 8, 4, 0], [5, 6, 7, 0, 0, 0]])
    mask = differing(better, worse, better != 0, worse != 0)
    assert mask.int().tolist() == [[0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]]


def test_an_answer_that_is_a_beginning_of_the_other_differs_where_it_ends():
    better, worse = torch.tensor([[5, 6, 0, 0]]), torch.tensor([[5, 6, 7, 0]])
    mask = torch.tensor([[1, 1, 0, 0]]), torch.tensor([[1, 1, 1, 0]])
    assert differing(better, worse, *mask).int().tolist() == [[0, 0, 1, 0]]
    # also where the token is the padding's own number
    worse = torch.tensor([[5, 6, 0, 0]])
    assert differing(better, worse, *mask).int().tolist() == [[0, 0, 1, 0]]


def test_token_wise_is_the_mean_over_the_tokens_that_count():
    generator = torch.Generator().manual_seed(0)
    better, worse = torch.randn(2, 3, 5, generator=generator).double()
    mask = torch.tensor([[0, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]])
    losses = reward_loss(better, worse, mask)
    assert losses[0].item() == pytest.approx(reward_loss(better[0, 1:3], worse[0, 1:3]).mean().item())
    assert losses[2].item() == 0
    costs = cost_loss(better, worse, torch.tensor([False] * 3), torch.tensor([True] * 3), mask)
    per_token = cost_loss(better[0, 1:3], worse[0, 1:3], torch.tensor([False] * 2), torch.tensor([True] * 2))
    assert costs[0].item() == pytest.approx(per_token.mean().item())
    # one token and sequence-wise are the same
    one = cost_loss(better[:, :1], worse[:, :1], torch.zeros(3), torch.ones(3), torch.ones(3, 1))
    torch.testing.assert_close(one, cost_loss(better[:, 0], worse[:, 0], torch.zeros(3), torch.ones(3)))


def test_the_last_score_is_held_over_the_padding():
    scores = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    held = hold_last(scores, torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]]))
    assert held.tolist() == [[1, 2, 2, 2], [5, 6, 7, 8]]
