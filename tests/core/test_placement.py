import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.placement import IN_PLACE, Placement

length = st.floats(-500.0, 500.0)


def test_a_part_in_place_has_the_axes_of_the_plane() -> None:
    points = np.array([[1.0, 2.0], [-3.0, 0.5]])
    assert IN_PLACE.to_part(points) == pytest.approx(points)


def test_a_quarter_turn_goes_from_the_x_axis_to_the_y_axis_before_the_shift() -> None:
    placed = Placement(90.0, (10.0, 20.0))
    assert placed.to_frame(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[10.0, 21.0]]))


@given(st.floats(-360.0, 360.0), length, length, length, length)
def test_there_and_back_is_the_same_place(
    turn: float, shift_x: float, shift_y: float, x: float, y: float
) -> None:
    placed = Placement(turn, (shift_x, shift_y))
    points = np.array([[x, y]])
    assert placed.to_part(placed.to_frame(points)) == pytest.approx(points, abs=1e-9)
