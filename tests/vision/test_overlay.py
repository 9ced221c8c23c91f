"""The overlay: a picture of any format, its defects outlined, its decision and reasons above."""

from dataclasses import replace

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
SQUARE_MM = [[5.0, 5.0], [10.0, 5.0], [10.0, 10.0], [5.0, 10.0]]
JOB = Job(Recipe(), Calibration.from_scale(0.05))


def stained() -> NDArray[np.uint8]:
    drawing = np.full((400, 600), 128, np.uint8)
    cv2.circle(drawing, STAIN_PX, 45, 90, cv2.FILLED)
    return drawing


def judged(pixels: Pixels, job: Job = JOB) -> ViewResult:
    return inspect(View((Frame(pixels, "main", 0),), "", simulated=False), job, lambda: 0)


def panel_px(canvas: NDArray[np.uint8], max_px: int) -> int:
    """Rows above the picture, which keeps its proportions."""
    rows, columns = (int(side) for side in canvas.shape[:2])
    assert max(rows, columns) <= max_px
    return rows - round(400 * min(columns / 600, 1.0))


@pytest.mark.parametrize(
    "pixels",
    [stained(), stained().astype(np.uint16) * 257, np.repeat(stained()[:, :, None], 3, axis=2)],
    ids=["mono8", "mono16", "bgr8"],
)
@pytest.mark.parametrize("max_px", [64, 300, 480, 5_000])
def test_every_format_is_drawn_within_the_asked_size(pixels: Pixels, max_px: int) -> None:
    canvas = draw(pixels, judged(pixels), max_px, JOB)
    assert max(canvas.shape) <= max_px
    assert canvas.shape[1] == min(600, max_px)
    assert canvas.dtype == np.uint8


@pytest.mark.parametrize("shape", [(2_000, 100), (100, 2_000), (1, 1), (1, 700)])
@pytest.mark.parametrize("max_px", [64, 640])
def test_pictures_of_any_proportions_are_drawn(shape: tuple[int, int], max_px: int) -> None:
    pixels = np.full(shape, 100, np.uint8)
    assert max(draw(pixels, judged(pixels), max_px, JOB).shape) <= max_px


def test_a_tiny_picture_is_enlarged_so_that_words_fit() -> None:
    pixels = np.full((64, 64), 128, np.uint8)
    cv2.circle(pixels, (32, 32), 9, 60, cv2.FILLED)
    assert draw(pixels, judged(pixels), 640, JOB).shape[1] > 240


def test_the_picture_itself_is_left_as_it_was() -> None:
    pixels = np.repeat(stained()[:, :, None], 3, axis=2)
    before = pixels.copy()
    draw(pixels, judged(pixels), 600, JOB)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("max_px", [600, 300])
def test_the_outline_lies_just_outside_of_the_defects_border(max_px: int) -> None:
    pixels = stained()
    canvas = draw(pixels, judged(pixels), max_px)
    picture = canvas[panel_px(canvas, max_px) :].astype(int)
    scale = canvas.shape[1] / 600
    drawn = np.argwhere(np.ptp(picture, axis=2) > 30)[:, ::-1] / scale
    radius = np.hypot(*(drawn - STAIN_PX).T)
    on_border = (radius > 45) & (radius < 45 + 8 / scale)
    assert np.count_nonzero(on_border) > 0.7 * 2 * np.pi * 45 * scale
    assert not (radius < 44).any()


def test_no_part_of_the_picture_is_hidden_by_the_decision() -> None:
    pixels = stained()
    pixels[:4] = 255
    canvas = draw(pixels, replace(judged(pixels), defects=()), 5_000)
    assert np.array_equal(canvas[-400:, :, 0], pixels)


def test_the_decision_is_told_by_the_colour_above_the_picture() -> None:
    failed, passed = stained(), np.full((400, 600), 128, np.uint8)
    passed[::7, ::5] = 127
    colours = [draw(pixels, judged(pixels), 600)[1, -2].tolist() for pixels in (failed, passed)]
    assert colours[0] != colours[1]


def test_zones_are_drawn_where_they_lie() -> None:
    zone = {"name": "face", "polygon_mm": SQUARE_MM}
    job = Job(Recipe.model_validate({"zones": [zone]}), JOB.calibration)
    pixels = np.full((400, 600), 128, np.uint8)
    plain, zoned = (draw(pixels, judged(pixels), 5_000, each)[-400:] for each in (JOB, job))
    rows, columns = np.nonzero((plain != zoned).any(axis=2))
    on_edge = (np.abs(columns - 100) < 2) & (rows > 110) & (rows < 190)
    assert np.count_nonzero(on_edge) >= 79
    assert not ((columns > 110) & (columns < 190) & (rows > 130) & (rows < 190)).any()


def test_without_a_calibration_there_is_no_scale_bar() -> None:
    pixels = np.full((400, 600), 128, np.uint8)
    unknown = Job(Recipe(), None)
    bare = draw(pixels, judged(pixels, unknown), 5_000, unknown)[-400:]
    assert (bare == 128).all()
    assert (draw(pixels, judged(pixels), 5_000, JOB)[-60:, :200] != 128).any()


def test_the_size_beside_a_defect_is_the_one_it_is_judged_by_with_its_uncertainty() -> None:
    (stain,) = judged(stained()).defects
    assert size_text(stain) == f"{stain.area_mm2:.2f} ± {stain.area_uncertainty_mm2:.2f} mm²"
    assert "+ ±" in size_text(replace(stain, cut=True))


def test_a_jpeg_can_be_decoded_again() -> None:
    canvas = draw(stained(), judged(stained()), 300)
    assert decode_picture(encode_jpeg(canvas)).shape == canvas.shape
