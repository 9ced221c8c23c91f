import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.lattice import grid_of

from inspectd.core.frame import Points


def bent_grid(columns: int, rows: int, turn: float, shear: float, bend: float) -> Points:
    """(rows, columns, 2) positions about 20 apart, turned, sheared, and bent as by a lens."""
    x, y = np.meshgrid(np.arange(columns) - columns / 2.0, np.arange(rows) - rows / 2.0)
    x, y = x + shear * y, y * (1.0 + 0.02 * x)
    radius = 1.0 - bend * (x**2 + y**2) / max(columns, rows) ** 2
    x, y = x * radius, y * radius
    cos, sin = np.cos(turn), np.sin(turn)
    return 20.0 * np.stack((cos * x - sin * y, sin * x + cos * y), axis=-1)


@given(
    st.integers(3, 12),
    st.integers(4, 9),
    st.floats(-3.2, 3.2),
    st.floats(-0.3, 0.3),
    st.floats(-0.2, 0.4),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_a_grid_is_put_in_order_whatever_comes_first(
    columns: int, rows: int, turn: float, shear: float, bend: float, seed: int
) -> None:
    grid = bent_grid(columns, rows, turn, shear, bend)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(grid.reshape(-1, 2)) + rng.normal(0.0, 0.3, (rows * columns, 2))

    found = grid_of(shuffled)

    assert sorted(found.shape[:2]) == sorted((columns, rows))
    if found.shape[:2] != (rows, columns) or rows == columns:
        turned = [found, found.transpose(1, 0, 2)]
    else:
        turned = [found]
    flips = [t[::a, ::b] for t in turned for a in (1, -1) for b in (1, -1)]
    near = [t for t in flips if t.shape == grid.shape and np.abs(t - grid).max() < 2.0]
    assert len(near) == 1


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_points_that_are_no_part_of_the_grid_are_left_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = bent_grid(8, 6, 0.3, 0.1, 0.1).reshape(-1, 2)
    # Letters and dirt beside the grid, nearer to each other than dots are.
    dirt = np.array([0.0, 150.0]) + rng.uniform(-60.0, 60.0, (60, 2)) * (1.0, 0.2)
    found = grid_of(np.concatenate((dirt, grid)))
    assert sorted(found.shape[:2]) == [6, 8]
    assert np.isfinite(found).all()


def test_a_missing_point_is_nan() -> None:
    grid = bent_grid(6, 5, 0.0, 0.0, 0.0).reshape(-1, 2)
    found = grid_of(np.delete(grid, 14, axis=0))
    assert found.shape[:2] in {(5, 6), (6, 5)}
    assert np.isnan(found[..., 0]).sum() == 1


@pytest.mark.parametrize("count", [0, 1, 8])
def test_a_few_points_are_no_grid(count: int) -> None:
    assert grid_of(np.random.default_rng(1).uniform(0, 100, (count, 2))).size == 0


def test_points_on_a_line_are_no_grid() -> None:
    line = np.column_stack((np.arange(20.0), np.zeros(20)))
    assert grid_of(line).size == 0
