"""Where in the picture the target was seen."""

from dataclasses import replace

import numpy as np
import pytest
from inspectd_calibration.coverage import blank_zones, seen_share, views_over_field, zone_at
from inspectd_calibration.detection import Detection

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5]])


def box(left: float, top: float, right: float, bottom: float) -> Detection:
    """Points in the corners of a part of a picture of 640 x 480 px, in shares of its sides."""
    shares = np.array([left, top]) + CORNERS * np.array([right - left, bottom - top])
    points = shares * [639.0, 479.0]
    return Detection("a.png", 640, 480, np.arange(5), points, points)


def test_a_target_that_fills_the_picture_covers_all_of_it() -> None:
    counts = views_over_field([box(0.0, 0.0, 1.0, 1.0)] * 3)

    assert counts.shape == (48, 64)
    assert (counts == 3).all()
    assert seen_share(counts) == 1.0
    assert blank_zones(counts) == ()


def test_the_share_is_that_of_all_views_together() -> None:
    left, right = box(0.0, 0.0, 0.5, 1.0), box(0.4, 0.0, 0.75, 1.0)

    assert seen_share(views_over_field([left])) == pytest.approx(0.5, abs=0.02)
    assert seen_share(views_over_field([left, right])) == pytest.approx(0.75, abs=0.02)


def test_blank_parts_of_the_picture_have_names() -> None:
    counts = views_over_field([box(0.0, 0.0, 0.62, 0.62), box(0.36, 0.36, 0.64, 1.0)])

    assert blank_zones(counts) == ("top right", "right", "bottom left", "bottom right")


def test_a_target_in_a_corner_leaves_the_centre_blank() -> None:
    assert "centre" in blank_zones(views_over_field([box(0.0, 0.0, 0.3, 0.3)]))


def test_points_outside_the_picture_do_not_count() -> None:
    beyond = replace(box(0.0, 0.0, 1.0, 1.0), points_px=np.array([[-900.0, -900.0]] * 5))

    assert seen_share(views_over_field([beyond])) == 0.0


def test_a_place_has_the_name_of_its_ninth() -> None:
    assert zone_at(0.5, 0.5) == "centre"
    assert zone_at(0.99, 0.01) == "top right"
    assert zone_at(0.0, 1.0) == "bottom left"
