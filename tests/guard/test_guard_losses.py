"""Losses of several outputs: what is unknown never counts, and each has the limits its paper says."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lawgiver.guard.classifier.losses import bce, bootstrapped, gce, smoothed, split_known, zlpr

SHAPE = (3, 5)
LOSSES = [bce, zlpr, gce]
scores = arrays(np.float64, SHAPE, elements=st.floats(-30, 30)).map(torch.from_numpy)
labels = arrays(np.float64, SHAPE, elements=st.sampled_from([0.0, 1.0, np.nan])).map(torch.from_numpy)


@pytest.mark.parametrize("loss", LOSSES)
@settings(deadline=None, max_examples=40)
@given(scores=scores, labels=labels, noise=scores)
def test_the_unknown_changes_neither_loss_nor_gradient(loss, scores, labels, noise):
    targets, known = split_known(labels)
    one = scores.clone().requires_grad_()
    other = torch.where(known > 0, scores, noise).requires_grad_()
    first, second = loss(one, targets, known), loss(other, targets, known)
    assert torch.allclose(first, second)
    first.sum().backward()
    second.sum().backward()
    assert torch.equal(one.grad * (1 - known), torch.zeros(SHAPE, dtype=torch.float64))
    assert torch.allclose(one.grad * known, other.grad * known)
    assert bool((first >= 0).all())


@pytest.mark.parametrize("loss", LOSSES)
@settings(deadline=None, max_examples=40)
@given(scores=scores, labels=labels)
def test_the_gradient_pulls_towards_the_label(loss, scores, labels):
    targets, known = split_known(labels)
    leaf = scores.clone().requires_grad_()
    loss(leaf, targets, known).sum().backward()
    towards = torch.where(targets > 0.5, -leaf.grad, leaf.grad)
    assert bool((towards >= -1e-12).all())


@settings(deadline=None)
@given(scores=scores, labels=labels)
def test_zlpr_as_it_is_printed(scores, labels):
    targets, known = split_known(labels)
    for row, y, k, value in zip(scores, targets, known, zlpr(scores, targets, known), strict=True):
        negative, positive = row[(y == 0) & (k > 0)], row[(y == 1) & (k > 0)]
        printed = torch.log1p(negative.exp().sum()) + torch.log1p((-positive).exp().sum())
        assert value.item() == pytest.approx(printed.item(), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(scores=scores)
def test_with_one_output_zlpr_is_cross_entropy(scores):
    targets, known = (scores[:, :1] > 3).double(), torch.ones(3, 1, dtype=torch.float64)
    assert torch.allclose(zlpr(scores[:, :1], targets, known), bce(scores[:, :1], targets, known))


def test_zlpr_of_huge_scores_is_finite():
    huge = torch.tensor([[1e4, -1e4]])
    one = torch.ones(1, 2)
    assert zlpr(huge, torch.tensor([[0.0, 1.0]]), one).item() == pytest.approx(2e4)
    assert zlpr(huge, torch.tensor([[1.0, 0.0]]), one).item() == pytest.approx(0, abs=1e-6)


@settings(deadline=None)
@given(scores=arrays(np.float64, SHAPE, elements=st.floats(-8, 8)).map(torch.from_numpy), labels=labels)
def test_gce_lies_between_cross_entropy_and_absolute_error(scores, labels):
    targets, known = split_known(labels)
    assert torch.allclose(gce(scores, targets, known, q=1e-5), bce(scores, targets, known), rtol=1e-3, atol=1e-4)
    error = ((targets - torch.sigmoid(scores)).abs() * known).sum(1)
    assert torch.allclose(gce(scores, targets, known, q=1.0), error)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_weight_of_nothing_silences_an_output(loss):
    targets = torch.tensor([[1.0, 1.0, 0.0]])
    known, weights = torch.ones(1, 3), torch.tensor([1.0, 0.0, 1.0])
    one, other = torch.tensor([[0.3, -9.0, 0.2]]), torch.tensor([[0.3, 9.0, 0.2]])
    assert torch.equal(loss(one, targets, known, weights), loss(other, targets, known, weights))


def test_trusting_labels_less():
    targets, logits = torch.tensor([[0.0, 1.0]]), torch.tensor([[2.0, -2.0]], requires_grad=True)
    assert smoothed(targets, 0.1).tolist() == [[pytest.approx(0.05), pytest.approx(0.95)]]
    mixed = bootstrapped(targets, logits, 0.25)
    belief = 1 / (1 + np.exp(-2))
    assert mixed.tolist() == [[pytest.approx(0.25 * belief), pytest.approx(0.75 + 0.25 * (1 - belief))]]
    assert not mixed.requires_grad
    # a label that the model contradicts costs less than before
    known = torch.ones(1, 2)
    assert bce(logits, mixed, known).item() < bce(logits, targets, known).item()
