"""colour_of: the colour difference of a stain to the surface around it."""

import cv2
import numpy as np
import pytest

from inspectd.vision.ciede import delta_e_2000
from inspectd.vision.colour import colour_of

SURFACE, STAIN = (120, 125, 130), (60, 90, 150)
ANGLE = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CIRCLE = np.column_stack((60 + 20 * np.cos(ANGLE), 50 + 20 * np.sin(ANGLE)))


def stained() -> np.ndarray:
    picture = np.full((100, 120, 3), SURFACE, np.uint8)
    cv2.circle(picture, (60, 50), 20, STAIN, cv2.FILLED)
    return picture


def lab(bgr: tuple[int, int, int]) -> np.ndarray:
    one = np.array(bgr, np.float32).reshape(1, 1, 3) / 255
    return np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2Lab), np.float64).reshape(3)


def test_the_difference_is_that_of_the_two_colours() -> None:
    found = colour_of(stained(), CIRCLE)
    assert found is not None
    assert found[0] == pytest.approx(float(delta_e_2000(lab(STAIN), lab(SURFACE))), abs=0.01)
    hue = np.degrees(np.arctan2(lab(STAIN)[2], lab(STAIN)[1]))
    assert found[1] == pytest.approx(hue, abs=0.1)


def test_a_taught_surface_is_compared_with_instead() -> None:
    found = colour_of(stained(), CIRCLE, lab(STAIN))
    assert found is not None
    assert found[0] == pytest.approx(0.0, abs=0.01)


def test_a_grey_picture_has_no_colour() -> None:
    assert colour_of(stained()[:, :, 0], CIRCLE) is None


def test_a_stain_at_the_corner_of_the_picture_has_a_colour_too() -> None:
    assert colour_of(stained(), CIRCLE - [60.0, 50.0]) is not None
