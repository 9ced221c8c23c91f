"""Where a registered part lies, in millimetres."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.calibration import Calibration
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.vision.place import fitted, placement
from inspectd.vision.register import UNMOVED, Registered

POINTS = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [-3.0, 8.0]])
QUARTER = (100, 120)


@given(
    turn=st.floats(-180.0, 180.0),
    shift=st.tuples(st.floats(-100.0, 100.0), st.floats(-100.0, 100.0)),
)
def test_a_placement_is_found_again_from_its_points(
    turn: float, shift: tuple[float, float]
) -> None:
    there = Placement(turn, shift).to_frame(POINTS)
    found = fitted(POINTS, there)
    assert abs(math.remainder(found.rotation_deg - turn, 360.0)) < 1e-6
    assert np.allclose(found.to_frame(POINTS), there, atol=1e-7)


def test_a_part_that_moved_by_quarter_pixels_moved_by_four_pixels_each() -> None:
    moved = Registered(np.array([[1.0, 0.0, 5.0], [0.0, 1.0, -2.0]]), 0.9, 0.9)
    found = placement(moved, QUARTER, Calibration.from_scale(0.05))
    assert found is not None
    assert found.rotation_deg == pytest.approx(0.0, abs=1e-9)
    assert found.shift_mm == pytest.approx((1.0, -0.4))


def test_a_part_that_was_not_registered_lies_in_place() -> None:
    assert placement(UNMOVED, QUARTER, Calibration.from_scale(0.05)) is IN_PLACE


def test_a_part_where_there_are_no_millimetres_has_no_place() -> None:
    lost = Registered(np.array([[1.0, 0.0, math.nan], [0.0, 1.0, 0.0]]), 0.9, 0.9)
    assert placement(lost, QUARTER, Calibration.from_scale(0.05)) is None
