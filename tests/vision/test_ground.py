"""What of a picture is judged, and how far apart two outlines are on it."""

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE
from inspectd.vision.ground import Ground, ground_of

MM_PER_PX = 0.05
QUARTER_MM = MM_PER_PX * SCALE


def plate() -> Ground:
    """A plate of 16 x 8 mm with a hole of 2 x 2 mm in its middle, 2 mm from the corner."""
    inside = np.zeros((60, 100), np.uint8)
    inside[10:50, 10:90] = 1
    inside[25:35, 45:55] = 0
    return ground_of(inside, Calibration.from_scale(MM_PER_PX))


def box(x_mm: float, y_mm: float) -> Points:
    corners = np.array([[0.0, 0.0], [0.4, 0.0], [0.4, 0.4], [0.0, 0.4]])
    return np.asarray(corners + np.array([x_mm, y_mm]))


def test_a_gap_on_the_part_is_as_long_as_it_is() -> None:
    assert plate().judged_gap_mm(box(4.0, 3.0), box(8.0, 3.0)) == pytest.approx(3.6)


def test_of_a_gap_across_a_hole_only_the_part_counts() -> None:
    gap_mm = plate().judged_gap_mm(box(8.0, 6.0), box(12.0, 6.0))
    assert gap_mm == pytest.approx(3.6 - 2.0, abs=1.5 * QUARTER_MM)


def test_a_hole_and_the_outline_are_borders_and_the_part_between_them_is_none() -> None:
    ground = plate()
    assert ground.reaches_border(box(8.0, 6.0), 0.8)
    assert ground.reaches_border(box(2.5, 6.0), 0.8)
    assert not ground.reaches_border(box(5.5, 6.0), 0.8)


def test_where_the_lens_has_no_answer_there_is_no_border() -> None:
    tilted = Calibration(homography=(0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0))
    nowhere = tilted.model_copy(update={"homography": (float("nan"),) * 9})
    assert ground_of(np.ones((10, 10), np.uint8), nowhere).borders_mm == ()
