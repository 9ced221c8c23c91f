"""The chart of 24 patches: what its patches are, and where they are in a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd_calibration.colour_space import Colours

CHART = "ColorChecker Classic, 24 patches, as made after November 2014"
COLUMNS, ROWS = 6, 4
NEUTRAL = slice(18, 24)  # white to black

# X-Rite, "New color specifications for ColorChecker SG and Classic Charts" (2016): charts made
# after November 2014. L*, a*, b* at D50, 2 degrees; row by row from dark skin.
PATCHES: tuple[tuple[str, float, float, float], ...] = (
    ("dark skin", 37.54, 14.37, 14.92),
    ("light skin", 64.66, 19.27, 17.50),
    ("blue sky", 49.32, -3.82, -22.54),
    ("foliage", 43.46, -12.74, 22.72),
    ("blue flower", 54.94, 9.61, -24.79),
    ("bluish green", 70.48, -32.26, -0.37),
    ("orange", 62.73, 35.83, 56.50),
    ("purplish blue", 39.43, 10.75, -45.17),
    ("moderate red", 50.57, 48.64, 16.67),
    ("purple", 30.10, 22.54, -20.87),
    ("yellow green", 71.77, -24.13, 58.19),
    ("orange yellow", 71.51, 18.24, 67.37),
    ("blue", 28.37, 15.42, -49.80),
    ("green", 54.38, -39.72, 32.27),
    ("red", 42.43, 51.05, 28.62),
    ("yellow", 81.80, 2.67, 80.41),
    ("magenta", 50.63, 51.28, -14.12),
    ("cyan", 49.57, -29.71, -28.32),
    ("white", 95.19, -1.03, 2.93),
    ("neutral 8", 81.29, -0.57, 0.44),
    ("neutral 6.5", 66.89, -0.75, -0.06),
    ("neutral 5", 50.76, -0.13, 0.14),
    ("neutral 3.5", 35.63, -0.46, -0.48),
    ("black", 20.64, 0.07, -0.46),
)
NAMES = tuple(patch[0] for patch in PATCHES)
REFERENCE_LAB: Colours = np.array([patch[1:] for patch in PATCHES])

_SAMPLE_SHARE = 0.2  # half the sampled square's side, of the patches' distance
_SMALLEST_HALF_PX = 3
_SATURATED_FROM = 250


def find_chart(bgr: NDArray[np.uint8]) -> Points:
    """Middles of the 24 patches, (24, 2) float64 px, in the order of PATCHES.

    By OpenCV's `cv2.mcc`. CalibrationError where there is no chart.
    """
    if not hasattr(cv2, "mcc"):
        msg = "this OpenCV looks for no charts (version 5 does): give --corners"
        raise CalibrationError(msg)
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(cv2.mcc.MCC24)
    if not detector.process(bgr, 1):
        msg = (
            "no colour chart of 24 patches is found: show it as a whole, upright, sharp and evenly "
            "lit, a fifth of the picture or larger; or give --corners"
        )
        raise CalibrationError(msg)
    quads = np.asarray(detector.getBestColorChecker().getColorCharts(), dtype=np.float64)
    return np.asarray(quads.reshape(COLUMNS * ROWS, 4, 2).mean(axis=1))


def chart_from_corners(corners_px: Points) -> Points:
    """The same from the middles of four patches: dark skin, bluish green, black, white.

    `corners_px`: (4, 2) float64, clockwise from the first. CalibrationError where they are no
    convex quadrilateral.
    """
    quad = corners_px.astype(np.float32)
    if not cv2.isContourConvex(quad) or cv2.contourArea(quad) <= 0.0:
        msg = (
            "--corners are no four-sided figure: give the middles of dark skin, bluish green, "
            "black and white, in this order"
        )
        raise CalibrationError(msg)
    chart = np.array([[0, 0], [COLUMNS - 1, 0], [COLUMNS - 1, ROWS - 1], [0, ROWS - 1]])
    matrix = cv2.getPerspectiveTransform(chart.astype(np.float32), quad)
    x, y = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    points = np.column_stack((x.ravel(), y.ravel())).astype(np.float64)
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], dtype=np.float64)


def sample_patches(bgr: NDArray[np.uint8], centres_px: Points) -> Colours:
    """Mean R, G, B of each patch, (24, 3) float64, 1 is full scale.

    CalibrationError for patches that are too small, outside the picture or saturated.
    """
    grid = centres_px.reshape(ROWS, COLUMNS, 2)
    pitch = min(
        float(np.linalg.norm(np.diff(grid, axis=0), axis=2).min()),
        float(np.linalg.norm(np.diff(grid, axis=1), axis=2).min()),
    )
    half = int(_SAMPLE_SHARE * pitch)
    if half < _SMALLEST_HALF_PX:
        msg = (
            f"the chart's patches are only {pitch:.0f} px apart, "
            f"{_SMALLEST_HALF_PX / _SAMPLE_SHARE:.0f} are needed: go nearer"
        )
        raise CalibrationError(msg)
    return np.array(
        [_patch(bgr, name, centre, half) for name, centre in zip(NAMES, centres_px, strict=True)]
    )


def _patch(
    bgr: NDArray[np.uint8], name: str, centre: NDArray[np.float64], half: int
) -> NDArray[np.float64]:
    column, row = (round(float(value)) for value in centre)
    rows, columns = bgr.shape[:2]
    if not (half <= column < columns - half and half <= row < rows - half):
        msg = f"patch {name} at column {column}, row {row} lies outside the picture: move the chart"
        raise CalibrationError(msg)
    square = bgr[row - half : row + half + 1, column - half : column + half + 1]
    mean = square.reshape(-1, 3).mean(axis=0)[::-1]
    if float(mean.max()) >= _SATURATED_FROM:
        msg = f"patch {name} is saturated ({mean.max():.0f} of 255): shorten the exposure"
        raise CalibrationError(msg)
    return np.asarray(mean / 255.0)
