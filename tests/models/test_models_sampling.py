"""Drawn tokens follow the distribution they are drawn from."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lawgiver.models.sampling import draw, uniforms

logits = st.lists(st.floats(-20, 20), min_size=2, max_size=12)
unit = st.floats(0, 1, exclude_max=True)


@given(logits, unit, st.floats(0.1, 5), st.floats(0.01, 1))
def test_only_tokens_of_the_nucleus_are_drawn(row, uniform, temperature, top_p):
    tensor = torch.tensor([row])
    token = int(draw(tensor, torch.tensor([uniform], dtype=torch.float64), temperature, top_p)[0])
    probabilities = torch.softmax(tensor[0].double() / temperature, -1)
    likelier = probabilities[probabilities > probabilities[token] + 1e-6].sum()
    assert likelier < top_p + 1e-5
    assert probabilities[token] > 0


def test_frequencies_fit():
    row = torch.tensor([0.0, 1.0, -1.0, 2.0, float("-inf")])
    count = 20_000
    uniform = torch.tensor(uniforms(0, [1, 2], 0, count))
    drawn = draw(row.expand(count, -1), uniform, 0.7)
    expected = torch.softmax(row.double() / 0.7, -1).numpy()
    seen = np.bincount(drawn.numpy(), minlength=5)
    assert seen[4] == 0
    assert stats.chisquare(seen[:4], expected[:4] * count).pvalue > 1e-3


def test_ends_of_the_unit_interval():
    row = torch.tensor([[float("-inf"), 0.0, 0.0, float("-inf")]])
    assert int(draw(row, torch.tensor([0.0]), 1.0)[0]) == 1
    assert int(draw(row, torch.tensor([1 - 2**-24]), 1.0)[0]) == 2


def test_streams_differ_by_seed_prompt_and_occurrence_and_are_prefix_stable():
    streams = [uniforms(*arguments, 5) for arguments in ((0, [1], 0), (1, [1], 0), (0, [2], 0), (0, [1], 1))]
    assert len({tuple(stream) for stream in streams}) == 4
    assert uniforms(0, [1], 0, 3) == streams[0][:3]
