"""Where a part lies: between the plane's millimetres and the part's own."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.placement import Placement

POINTS = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [-3.0, 8.0]])
angles = st.floats(-180.0, 180.0)
shifts = st.tuples(st.floats(-100.0, 100.0), st.floats(-100.0, 100.0))


def test_a_part_without_a_reference_lies_as_taught() -> None:
    assert np.array_equal(Placement().to_plane(POINTS), POINTS)
    assert np.array_equal(Placement().to_part(POINTS), POINTS)


def test_a_quarter_turn_takes_x_to_y() -> None:
    (there,) = Placement(90.0, (1.0, 2.0)).to_plane(np.array([[3.0, 0.0]]))
    assert np.allclose(there, (1.0, 5.0))


@given(angle=angles, shift=shifts)
def test_there_and_back_is_where_it_was(angle: float, shift: tuple[float, float]) -> None:
    placement = Placement(angle, shift)
    assert np.allclose(placement.to_part(placement.to_plane(POINTS)), POINTS, atol=1e-9)


@given(angle=angles, shift=shifts)
def test_a_placement_is_found_again_from_its_points(
    angle: float, shift: tuple[float, float]
) -> None:
    there = Placement(angle, shift).to_plane(POINTS)
    found = Placement.fitted(POINTS, there, 0.9)
    turn = math.remainder(found.angle_deg - angle, 360.0)
    assert abs(turn) < 1e-6
    assert np.allclose(found.to_plane(POINTS), there, atol=1e-7)
    assert found.score == 0.9
