"""The overlay: a picture of any format, its defects outlined and its decision on top."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import ViewResult
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect
from inspectd.vision.overlay import draw, encode_jpeg, size_text

STAIN_PX = (300, 200)


def stained() -> NDArray[np.uint8]:
    drawing = np.full((400, 600), 128, np.uint8)
    cv2.circle(drawing, STAIN_PX, 45, 90, cv2.FILLED)
    return drawing


def judged(pixels: Pixels) -> ViewResult:
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    return inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: 0)


@pytest.mark.parametrize(
    "pixels",
    [stained(), stained().astype(np.uint16) * 257, np.repeat(stained()[:, :, None], 3, axis=2)],
    ids=["mono8", "mono16", "bgr8"],
)
@pytest.mark.parametrize(("max_px", "shape"), [(300, (200, 300, 3)), (5_000, (400, 600, 3))])
def test_every_format_is_drawn_within_the_asked_size_and_never_enlarged(
    pixels: Pixels, max_px: int, shape: tuple[int, ...]
) -> None:
    canvas = draw(pixels, judged(pixels), max_px)
    assert canvas.shape == shape
    assert canvas.dtype == np.uint8


def test_the_picture_itself_is_left_as_it_was() -> None:
    pixels = np.repeat(stained()[:, :, None], 3, axis=2)
    before = pixels.copy()
    draw(pixels, judged(pixels), 600)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("max_px", [600, 300])
def test_the_outline_lies_on_the_defects_border(max_px: int) -> None:
    pixels = stained()
    canvas = draw(pixels, judged(pixels), max_px).astype(int)
    drawn = np.argwhere(np.ptp(canvas, axis=2) > 30)[:, ::-1] * 600 / max_px
    radius = np.hypot(*(drawn - STAIN_PX).T)
    on_border = np.abs(radius - 45) < 4
    assert np.count_nonzero(on_border) > 0.7 * 2 * np.pi * 45 * max_px / 600


def test_the_decision_is_told_by_the_banners_colour() -> None:
    failed, passed = stained(), np.full((400, 600), 128, np.uint8)
    passed[::7, ::5] = 127
    colours = [draw(pixels, judged(pixels), 600)[1, -2].tolist() for pixels in (failed, passed)]
    assert colours[0] != colours[1]


def test_a_view_without_verdict_is_drawn_too() -> None:
    pixels = np.zeros((1, 1), np.uint8)
    assert draw(pixels, judged(pixels), 100).shape == (1, 1, 3)


def test_the_size_beside_a_defect_is_the_one_it_is_judged_by() -> None:
    (stain,) = judged(stained()).defects
    assert size_text(stain) == f"{stain.area_mm2:.1f} mm2"


def test_a_jpeg_can_be_decoded_again() -> None:
    canvas = draw(stained(), judged(stained()), 300)
    assert decode_picture(encode_jpeg(canvas)).shape == canvas.shape
