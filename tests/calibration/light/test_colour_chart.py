import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.colour_chart import (
    REFERENCE_LAB,
    chart_from_corners,
    find_chart,
    sample_patches,
)
from inspectd_calibration.colour_space import lab_to_linear_srgb
from support.light_scenes import PATCH_PX, chart_picture

from inspectd.core.errors import CalibrationError

PATCHES = np.clip(lab_to_linear_srgb(REFERENCE_LAB), 0.01, None) * 0.9
CORNERS = [0, 5, 23, 18]


@settings(deadline=None, max_examples=15)
@given(st.floats(-20.0, 20.0))
def test_the_corners_lead_to_every_patch_and_its_colour(turn_deg: float) -> None:
    picture, middles = chart_picture(PATCHES, turn_deg)

    found = chart_from_corners(middles[CORNERS])

    assert found == pytest.approx(middles, abs=0.01)
    assert sample_patches(picture, found) == pytest.approx(PATCHES, abs=0.005)


@pytest.mark.parametrize("turn_deg", [0.0, 15.0, 180.0])
def test_the_chart_is_found_by_itself_and_knows_which_way_is_up(turn_deg: float) -> None:
    picture, middles = chart_picture(PATCHES, turn_deg)

    found = find_chart(picture)

    assert found == pytest.approx(middles, abs=0.2 * PATCH_PX)
    assert sample_patches(picture, found) == pytest.approx(PATCHES, abs=0.01)


def test_a_picture_without_a_chart_is_refused() -> None:
    empty = np.full((300, 400, 3), 80, np.uint8)

    with pytest.raises(CalibrationError, match="give --corners"):
        find_chart(empty)


def test_an_opencv_without_the_detector_asks_for_the_corners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("cv2.mcc")

    with pytest.raises(CalibrationError, match="give --corners"):
        find_chart(np.full((300, 400, 3), 80, np.uint8))


def test_corners_that_cross_are_refused() -> None:
    crossing = np.array([[0.0, 0.0], [100.0, 100.0], [100.0, 0.0], [0.0, 100.0]])

    with pytest.raises(CalibrationError, match="no four-sided figure"):
        chart_from_corners(crossing)


def test_a_chart_partly_outside_is_refused() -> None:
    picture, middles = chart_picture(PATCHES)

    with pytest.raises(CalibrationError, match=r"dark skin .* outside the picture"):
        sample_patches(picture, middles - 172.0)


def test_a_saturated_patch_is_named() -> None:
    picture, middles = chart_picture(PATCHES * 1.4)

    with pytest.raises(CalibrationError, match="patch yellow is saturated"):
        sample_patches(picture, middles)


def test_a_tiny_chart_asks_for_a_nearer_camera() -> None:
    picture, middles = chart_picture(PATCHES)

    with pytest.raises(CalibrationError, match="go nearer"):
        sample_patches(picture, middles / 5.0)
