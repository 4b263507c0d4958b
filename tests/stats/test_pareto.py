import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.outcome import ConfigurationError
from lawgiver.stats.joint import resampled_sums
from lawgiver.stats.pareto import ellipse, hypervolume, non_dominated

GRID = st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9)), min_size=1, max_size=8)


@given(GRID)
@settings(max_examples=60, deadline=None)
def test_the_volume_is_what_counting_cells_gives(points):
    cells = sum(any(x > i and y > j for x, y in points) for i in range(9) for j in range(9))
    assert hypervolume(points, (0, 0)) == cells
    assert hypervolume(np.array(points) + 3, (3, 3)) == cells


def test_the_volume_is_what_darts_give():
    generator = np.random.default_rng(0)
    points, darts = generator.random((6, 2)), generator.random((40_000, 2))
    hit = (darts[:, None, :] < points).all(-1).any(-1).mean()
    assert hypervolume(points, (0, 0)) == pytest.approx(hit, abs=0.01)


@given(GRID)
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_comparing_all_gives(points):
    expected = [not any(a >= x and b >= y and (a, b) != (x, y) for a, b in points) for x, y in points]
    assert non_dominated(points).tolist() == expected
    front = [point for point, good in zip(points, expected, strict=True) if good]
    assert hypervolume(front, (0, 0)) == hypervolume(points, (0, 0))


def test_many_fields_at_once():
    batch = np.random.default_rng(0).random((5, 4, 2))
    assert hypervolume(batch, (0.1, 0.2)) == pytest.approx(
        np.array([hypervolume(points, (0.1, 0.2)) for points in batch])
    )
    assert (non_dominated(batch) == [non_dominated(points) for points in batch]).all()


def test_an_ellipse_holds_the_true_mean_as_often_as_it_says():
    generator = np.random.default_rng(1)
    mix = np.array([[1.0, 0.0], [0.8, 0.4]])
    held = 0
    for seed in range(600):
        rows = generator.normal(size=(100, 2)) @ mix.T
        drawn = resampled_sums(rows, seed=seed, resamples=300) / 100
        held += bool(ellipse(rows.mean(0), drawn, 0.9).holds((0, 0)))
    assert held / 600 == pytest.approx(0.9, abs=0.03)


def test_the_outline_is_the_edge():
    drawn = np.random.default_rng(0).normal(size=(500, 2)) @ np.array([[0.3, 0.1], [0.0, 0.2]])
    found = ellipse((1.0, 2.0), drawn)
    away = found.outline() - found.centre_2
    assert found.holds(found.centre_2 + 0.99 * away).all()
    assert not found.holds(found.centre_2 + 1.01 * away).any()


def test_an_ellipse_without_width_holds_its_centre_alone():
    found = ellipse((1.0, 2.0), np.tile([1.0, 2.0], (5, 1)))
    assert found.holds((1.0, 2.0))
    assert not found.holds((1.0, 2.1))
    assert found.outline() == pytest.approx(np.tile([1.0, 2.0], (72, 1)))


@pytest.mark.parametrize("points", [[1.0, 2.0], [[1.0, 2.0, 3.0]], [[np.nan, 0.0]]])
def test_what_are_no_points_is_refused(points):
    with pytest.raises(ConfigurationError):
        hypervolume(points, (0, 0))
    with pytest.raises(ConfigurationError):
        non_dominated(points)


def test_a_reference_is_two_numbers():
    with pytest.raises(ConfigurationError):
        hypervolume([[1.0, 1.0]], (0, np.inf))
