import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from lawgiver.outcome import ConfigurationError
from lawgiver.stats import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P_VALUES)
def test_agrees_with_statsmodels(p_values):
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1], rtol=1e-12)


@given(P_VALUES, st.randoms())
def test_keeps_the_order_given(p_values, random):
    order = list(range(len(p_values)))
    random.shuffle(order)
    np.testing.assert_array_equal(holm(p_values)[order], holm([p_values[i] for i in order]))


@given(P_VALUES)
def test_never_makes_a_finding_likelier_and_keeps_the_ranking(p_values):
    adjusted = holm(p_values)
    assert np.all(adjusted >= p_values)
    assert np.all(adjusted <= 1)
    assert np.all(np.diff(adjusted[np.argsort(p_values)]) >= 0)


def test_a_single_test_costs_nothing_and_none_is_none():
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


@pytest.mark.parametrize("p_values", [[math.nan], [-0.1], [1.1], [[0.1]]])
def test_refuses_what_is_not_a_p_value(p_values):
    with pytest.raises(ConfigurationError):
        holm(p_values)
