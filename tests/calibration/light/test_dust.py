import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.dust import find_spots
from numpy.typing import NDArray
from support.light_scenes import flat_field

ROWS, COLUMNS = 240, 320


def seen(light: NDArray[np.float64], noise: float = 0.4, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (160.0 * light + noise * rng.standard_normal(light.shape)).astype(np.float32)


@settings(deadline=None, max_examples=12)
@given(
    st.floats(30, COLUMNS - 30),
    st.floats(30, ROWS - 30),
    st.floats(6, 20),
    st.floats(0.05, 0.4),
    st.sampled_from([1.0, -1.0]),
)
def test_a_spot_is_found_where_it_is_and_told_from_vignetting(
    column: float, row: float, diameter: float, depth: float, way: float
) -> None:
    light = flat_field(ROWS, COLUMNS, [(column, row, diameter, way * depth)])

    (spot,) = find_spots(seen(light))

    assert spot.column_px == pytest.approx(column, abs=1.5)
    assert spot.row_px == pytest.approx(row, abs=1.5)
    assert spot.depth_percent == pytest.approx(100.0 * way * depth, rel=0.35, abs=2.0)
    assert spot.diameter_px == pytest.approx(diameter, rel=0.5, abs=3.0)


@settings(deadline=None, max_examples=12)
@given(
    st.sampled_from([5.0, 15.0, COLUMNS - 15.0, COLUMNS - 5.0]),
    st.sampled_from([5.0, 15.0, ROWS - 15.0, ROWS - 5.0]),
    st.floats(6, 20),
    st.floats(0.1, 0.4),
)
def test_a_spot_in_a_corner_is_found_there(
    column: float, row: float, diameter: float, depth: float
) -> None:
    # Where the light itself is known least: the place is told to about a spot's width.
    spots = find_spots(seen(flat_field(ROWS, COLUMNS, [(column, row, diameter, depth)])))

    assert spots
    assert all(math.hypot(s.column_px - column, s.row_px - row) < 20.0 for s in spots)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.floats(0.0, 2.0), st.sampled_from([(60, 80), (240, 320)]))
def test_vignetting_and_noise_are_no_dust(seed: int, noise: float, shape: tuple[int, int]) -> None:
    assert find_spots(seen(flat_field(*shape), noise, seed)) == ()


def test_every_spot_is_told_the_deepest_first() -> None:
    spots = [(60.0, 60.0, 10.0, 0.05), (200.0, 100.0, 12.0, 0.3), (290.0, 220.0, 8.0, -0.1)]

    found = find_spots(seen(flat_field(ROWS, COLUMNS, spots)))

    assert [spot.column_px for spot in found] == pytest.approx([200.0, 290.0, 60.0], abs=1.5)
    assert "darker at column 200, row 100" in found[0].words
    assert "brighter" in found[1].words


def test_a_large_picture_s_spots_are_told_in_its_own_pixels() -> None:
    light = flat_field(1200, 1600, [(1000.0, 333.0, 40.0, 0.1)])

    (spot,) = find_spots(seen(light))

    assert (spot.column_px, spot.row_px) == pytest.approx((1000.0, 333.0), abs=2.0)
    assert spot.diameter_px == pytest.approx(40.0, rel=0.3)
